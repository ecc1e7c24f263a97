# gRPC: calls go by service and method, and those that ask for it to a new
# version. Backends speak HTTP/2 without TLS. What no rule is for is answered with
# the status UNIMPLEMENTED.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "orders" {
  description = "Addresses of the orders service."
  type        = list(string)
  default     = ["127.0.0.1:50051"]
}

variable "orders_v2" {
  description = "Addresses of its new version."
  type        = list(string)
  default     = ["127.0.0.1:50052"]
}

gateway "public" {
  listener "grpc" {
    port     = var.port
    hostname = "*.example.com"
  }
}

backend "orders" { endpoints = var.orders }
backend "orders_v2" { endpoints = var.orders_v2 }

grpc_route "orders" {
  gateway   = gateway.public
  hostnames = ["orders.example.com"]

  # The more specific match wins: a method goes before its service, and what
  # names a header besides before what does not.
  rule "new" {
    match {
      service = "grpc.health.v1.Health"
      method  = "Check"
      headers = { x-version = "2" }
    }
    forward { to = backend.orders_v2 }
  }

  rule "all" {
    match { service = "grpc.health.v1.Health" }
    request_headers { set = { x-via = "gwctl" } }
    forward { to = backend.orders }
  }
}
