# One gateway for many teams, whose owner knows none of their hosts: each team
# adds listeners with its own certificate, and attaches its routes to those. The
# teams are in one configuration here to be seen at once; as a rule each has its
# own, and names the gateway: { name = "public", namespace = "default" }. The xDS
# server reads the files; ../https/README.md says how to make some.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8443
}

variable "www" {
  description = "Addresses of what the gateway's owner serves."
  type        = list(string)
  default     = ["127.0.0.1:9001"]
}

variable "teams" {
  description = "Addresses of each team's backends, by the team's namespace."
  type        = map(list(string))
  default     = { shop = ["127.0.0.1:9002"], mail = ["127.0.0.1:9003"] }
}

certificate "www" {
  cert_file = "tls/www.crt"
  key_file  = "tls/www.key"
}

gateway "public" {
  # Of two that want one host the gateway has it, then the older set.
  allowed_listeners { namespaces = "All" }

  listener "www" {
    port     = var.port
    protocol = "HTTPS"
    hostname = "www.example.com"
    tls { certificates = [certificate.www] }
  }
}

backend "www" { endpoints = var.www }

http_route "www" {
  gateway = gateway.public
  rule {
    forward { to = backend.www }
  }
}

# What each team has, in its own namespace.

certificate "team" {
  for_each  = var.teams
  name      = each.key
  namespace = each.key
  cert_file = "tls/${each.key}.crt"
  key_file  = "tls/${each.key}.key"
}

listener_set "team" {
  for_each  = var.teams
  name      = each.key
  namespace = each.key
  gateway   = gateway.public

  listener "https" {
    port     = var.port
    protocol = "HTTPS"
    hostname = "${each.key}.example.com"
    tls { certificates = [certificate.team[each.key]] }
  }
}

backend "team" {
  for_each  = var.teams
  name      = each.key
  namespace = each.key
  endpoints = each.value
}

http_route "team" {
  for_each     = var.teams
  name         = each.key
  namespace    = each.key
  listener_set = listener_set.team[each.key]
  rule {
    forward { to = backend.team[each.key] }
  }
}
