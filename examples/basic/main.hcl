# One gateway, one route, one backend: the smallest thing that serves traffic.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "orders" {
  description = "Addresses of the orders service."
  type        = list(string)
  default     = ["127.0.0.1:9001"]
}

gateway "public" {
  listener "http" {
    port     = var.port
    protocol = "HTTP"
  }
}

backend "orders" {
  endpoints = var.orders
}

http_route "orders" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.orders }
  }
}

output "url" {
  value = "http://shop.example.com:${var.port}/"
}
