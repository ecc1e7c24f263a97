variable "name" {
  type = string
}

variable "endpoints" {
  type = list(string)
}

variable "gateway" {
  description = "The gateway to attach to."
}

locals {
  host = "${var.name}.example.com"
}

backend "this" {
  endpoints = var.endpoints
}

http_route "this" {
  gateway   = var.gateway
  hostnames = [local.host]

  rule "health" {
    match { path_exact = "/healthz" }
    rewrite { path = "/internal/health" }
    forward { to = backend.this }
  }

  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.this }
  }
}

output "host" {
  value = local.host
}
