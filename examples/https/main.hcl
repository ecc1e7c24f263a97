# HTTPS: two listeners on one port, each with a certificate of its own. The xDS
# server reads the files; README.md says how to make them.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8443
}

variable "shop" {
  description = "Addresses of the shop."
  type        = list(string)
  default     = ["127.0.0.1:9001"]
}

variable "admin" {
  description = "Addresses of the shop's administration."
  type        = list(string)
  default     = ["127.0.0.1:9002"]
}

certificate "shop" {
  cert_file = "tls/shop.crt"
  key_file  = "tls/shop.key"
}

certificate "admin" {
  cert_file = "tls/admin.crt"
  key_file  = "tls/admin.key"
}

gateway "public" {
  listener "shop" {
    port     = var.port
    protocol = "HTTPS"
    hostname = "*.example.com"
    tls { certificates = [certificate.shop] }
  }

  # The more specific name wins: whoever asks for it is shown this certificate.
  listener "admin" {
    port     = var.port
    protocol = "HTTPS"
    hostname = "admin.example.com"
    tls { certificates = [certificate.admin] }
  }
}

backend "shop" { endpoints = var.shop }
backend "admin" { endpoints = var.admin }

http_route "shop" {
  gateway   = gateway.public
  listener  = "shop"
  hostnames = ["shop.example.com"]

  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.shop }
  }
}

http_route "admin" {
  gateway  = gateway.public
  listener = "admin"

  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.admin }
  }
}

output "url" {
  value = "https://shop.example.com:${var.port}/"
}
