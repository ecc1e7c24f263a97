# Flux applies what this configuration renders, for each cluster with its own
# values. gwctl needs no access to the clusters, and keeps no state.
#
#   gwctl render -out=clusters/production
#   gwctl render -out=clusters/staging -var-file=staging.gwvars
#
# and commit the folders. flux.yaml is what tells the production cluster's Flux
# of its folder.

provider "kubernetes" {
  namespace = "shop"
  class     = "eg"
}

variable "domain" {
  description = "What the hosts of this cluster end with."
  type        = string
  default     = "example.com"
}

variable "services" {
  description = "Ports of the Services, by name."
  type        = map(number)
  default = {
    billing = 8080
    orders  = 8080
  }
}

gateway "public" {
  listener "http" {
    port     = 80
    protocol = "HTTP"
    hostname = "*.${var.domain}"
  }
}

backend "service" {
  for_each = var.services
  service  = each.key
  port     = each.value
}

http_route "service" {
  for_each  = var.services
  gateway   = gateway.public
  hostnames = ["${each.key}.${var.domain}"]

  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.service[each.key] }
  }
}
