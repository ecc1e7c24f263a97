# TLS all the way: the proxies send requests to a backend only if an authority of
# the company has signed for it, and show it who they are themselves. The xDS
# server reads the files; ../https/README.md says how to make some.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "orders" {
  description = "Addresses of the orders, whose certificate is for orders.internal."
  type        = list(string)
  default     = ["127.0.0.1:9443"]
}

variable "billing" {
  description = "Addresses of the billing, whose certificate has the SPIFFE ID of its workload."
  type        = list(string)
  default     = ["127.0.0.1:9444"]
}

certificate_authority "corp" {
  file = "tls/ca.crt"
}

certificate "proxy" {
  cert_file = "tls/proxy.crt"
  key_file  = "tls/proxy.key"
}

gateway "public" {
  client_certificate = certificate.proxy # shown to backends that ask for one

  listener "http" { port = var.port }
}

backend "orders" { endpoints = var.orders }
backend "billing" { endpoints = var.billing }

backend_tls_policy "orders" {
  target                  = backend.orders
  hostname                = "orders.internal"
  certificate_authorities = [certificate_authority.corp]
}

backend_tls_policy "billing" {
  target                  = backend.billing
  hostname                = "billing.internal"
  subject_alt_names       = ["spiffe://corp/billing"] # has to be in its certificate, in place of the hostname
  certificate_authorities = [certificate_authority.corp]
}

http_route "shop" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  rule "billing" {
    match { path_prefix = "/billing" }
    forward { to = backend.billing }
  }
  rule "orders" {
    forward { to = backend.orders }
  }
}
