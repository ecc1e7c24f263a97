# On a Kubernetes cluster with Envoy Gateway: a gateway, and a route that splits
# requests between two Services. A pipeline moves the split:
#
#   gwctl apply -auto-approve -var v2_weight=25

gwctl {
  name = "shop"
}

# The cluster that kubectl talks to, unless `context` says another.
provider "kubernetes" {
  namespace = var.namespace
}

variable "namespace" {
  description = "Where the gateway, the route and the Services live. It has to be there."
  type        = string
  default     = "shop"
}

variable "v2_weight" {
  description = "Percent of the requests that the new version gets."
  type        = number
  default     = 10

  validation {
    condition     = var.v2_weight >= 0 && var.v2_weight <= 100
    error_message = "A weight is 0 to 100."
  }
}

# Where somebody else makes the class, leave this out, and say class = "eg" in
# the provider block.
gateway_class "eg" {
  controller = "gateway.envoyproxy.io/gatewayclass-controller"
}

gateway "public" {
  class = gateway_class.eg

  listener "http" {
    port     = 80
    protocol = "HTTP"
  }
}

# Services make no objects: they are there.
backend "orders" {
  service = "orders"
  port    = 8080
}

backend "orders_v2" {
  service = "orders-v2"
  port    = 8080
}

http_route "orders" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  rule "all" {
    match { path_prefix = "/" }
    timeouts { request = "10s" }

    forward {
      to     = backend.orders
      weight = 100 - var.v2_weight
    }
    forward {
      to     = backend.orders_v2
      weight = var.v2_weight
    }
  }
}

output "split" {
  value = "${100 - var.v2_weight}/${var.v2_weight}"
}
