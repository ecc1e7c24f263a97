# A server of one's own decides which requests go on. Here it speaks plain HTTP:
# it is asked for the path of the request, and 200 lets it in.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "orders" {
  description = "Addresses of the service."
  type        = list(string)
  default     = ["127.0.0.1:9001"]
}

variable "guard" {
  description = "Addresses of the server that is asked."
  type        = list(string)
  default     = ["127.0.0.1:9002"]
}

variable "gone" {
  description = "Addresses where nobody answers."
  type        = list(string)
  default     = ["127.0.0.1:9003"]
}

gateway "public" {
  listener "http" {
    port     = var.port
    protocol = "HTTP"
  }
}

backend "orders" { endpoints = var.orders }
backend "guard" { endpoints = var.guard }
backend "gone" { endpoints = var.gone }

http_route "shop" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  rule "orders" {
    match { path_prefix = "/orders" }
    external_auth {
      to              = backend.guard
      path            = "/check"     # it is asked for /check/orders/...
      allowed_headers = ["x-tenant"] # besides Authorization
      # The headers of its answer go on with the request.
    }
    forward { to = backend.orders }
  }

  # Where the server is gone, nobody is let in.
  rule "vault" {
    match { path_prefix = "/vault" }
    external_auth { to = backend.gone }
    forward { to = backend.orders }
  }

  rule "public" {
    match { path_prefix = "/public" }
    forward { to = backend.orders }
  }
}
