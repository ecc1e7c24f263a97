# What is not HTTP: TCP connections and UDP datagrams go by the port where they
# come in, TLS connections by the host that the client asks for. The proxy does
# not end TLS here: backends show their own certificates.

provider "xds" {}

variable "port" {
  description = "Port that Envoy takes connections to the database on."
  type        = number
  default     = 5432
}

variable "tls_port" {
  description = "Port that it takes TLS connections on."
  type        = number
  default     = 8443
}

variable "udp_port" {
  description = "Port that it takes datagrams on."
  type        = number
  default     = 5353
}

variable "databases" {
  description = "Addresses of the database."
  type        = list(string)
  default     = ["127.0.0.1:15432"]
}

variable "vaults" {
  description = "Addresses of each vault, which end TLS themselves, by the host that it is asked for."
  type        = map(list(string))
  default     = { "vault.example.com" = ["127.0.0.1:18443"], "keys.example.com" = ["127.0.0.1:18444"] }
}

variable "resolvers" {
  description = "Addresses of the name servers."
  type        = list(string)
  default     = ["127.0.0.1:15353"]
}

gateway "public" {
  listener "database" {
    port     = var.port
    protocol = "TCP"
  }
  listener "vaults" {
    port     = var.tls_port
    protocol = "TLS"
    hostname = "*.example.com"
    tls { mode = "Passthrough" }
  }
  listener "names" {
    port     = var.udp_port
    protocol = "UDP"
  }
}

backend "database" { endpoints = var.databases }
backend "names" { endpoints = var.resolvers }
backend "vault" {
  for_each  = var.vaults
  name      = replace(each.key, ".", "-")
  endpoints = each.value
}

tcp_route "database" {
  gateway  = gateway.public
  listener = "database"
  rule {
    forward { to = backend.database }
  }
}

tls_route "vault" {
  for_each  = var.vaults
  name      = replace(each.key, ".", "-")
  gateway   = gateway.public
  listener  = "vaults"
  hostnames = [each.key]
  rule {
    forward { to = backend.vault[each.key] }
  }
}

udp_route "names" {
  gateway  = gateway.public
  listener = "names"
  rule {
    forward { to = backend.names }
  }
}
