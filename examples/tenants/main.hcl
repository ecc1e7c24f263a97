# One route and one backend for each tenant, from one map.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "tenants" {
  description = "Who is served, where, and on which further hosts."
  type = map(object({
    endpoints = list(string)
    hostnames = optional(list(string), [])
    timeout   = optional(string, "15s")
  }))
}

locals {
  domain = "tenants.example.com"
}

gateway "public" {
  listener "http" {
    port     = var.port
    protocol = "HTTP"
  }
}

backend "tenant" {
  for_each  = var.tenants
  endpoints = each.value.endpoints
}

http_route "tenant" {
  for_each  = var.tenants
  gateway   = gateway.public
  hostnames = concat(["${each.key}.${local.domain}"], each.value.hostnames)

  rule "all" {
    match { path_prefix = "/" }
    request_headers {
      set = { x-tenant = each.key }
    }
    timeouts { request = each.value.timeout }
    forward { to = backend.tenant[each.key] }
  }
}

output "hosts" {
  value = sort([for name, _ in var.tenants : "${name}.${local.domain}"])
}
