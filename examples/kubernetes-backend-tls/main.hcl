# On a Kubernetes cluster with Envoy Gateway: the proxies speak TLS to a Service,
# and send it requests only if an authority of the company has signed for it.
#
#   kubectl create configmap corp-ca --from-file=ca.crt=corp-ca.crt

gwctl {
  name = "backend-tls"
}

# The cluster that kubectl talks to, unless `context` says another.
provider "kubernetes" {
  namespace = var.namespace
}

variable "namespace" {
  description = "Where the gateway, the route, the Service and the ConfigMap live. It has to be there."
  type        = string
  default     = "shop"
}

variable "hostname" {
  description = "The name that the Service's certificate has."
  type        = string
  default     = "orders.internal"
}

# Where somebody else makes the class, leave this out, and say class = "eg" in
# the provider block.
gateway_class "eg" {
  controller = "gateway.envoyproxy.io/gatewayclass-controller"
}

gateway "public" {
  class = gateway_class.eg
  listener "http" { port = 80 }
}

# A ConfigMap and a Service that are there: neither block makes an object.
certificate_authority "corp" { config_map = "corp-ca" }

backend "orders" {
  service = "orders"
  port    = 8443
}

backend_tls_policy "orders" {
  target                  = backend.orders
  hostname                = var.hostname
  certificate_authorities = [certificate_authority.corp]
}

http_route "orders" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  rule "all" {
    forward { to = backend.orders }
  }
}
