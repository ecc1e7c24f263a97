# A module is a folder: here, what every service of the company looks like.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "services" {
  description = "Addresses of each service."
  type        = map(list(string))
  default = {
    orders  = ["127.0.0.1:9001"]
    billing = ["127.0.0.1:9002"]
  }
}

gateway "public" {
  listener "http" {
    port     = var.port
    protocol = "HTTP"
  }
}

module "service" {
  source   = "./service"
  for_each = var.services

  name      = each.key
  endpoints = each.value
  gateway   = gateway.public
}

output "hosts" {
  value = { for name, service in module.service : name => service.host }
}
