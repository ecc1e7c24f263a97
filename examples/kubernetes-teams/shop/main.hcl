# An application team owns the routes of its namespace, and nothing else. What
# other teams own it names in data blocks: a plan says when it is not there.

gwctl {
  name = "shop"
  state "kubernetes" { namespace = var.namespace }
}

variable "namespace" {
  type    = string
  default = "shop"
}

variable "infra" {
  description = "Namespace of the platform team."
  type        = string
  default     = "infra"
}

variable "checkout_v2_weight" {
  description = "Percent of the requests that the new checkout gets."
  type        = number
  default     = 0
}

provider "kubernetes" {
  namespace = var.namespace
}

data "gateway" "public" {
  namespace = var.infra
}

# The platform team's; a ReferenceGrant of theirs allows it.
data "service" "accounts" {
  namespace = var.infra
  port      = 8080
}

data "service" "checkout" {
  port = 8080
}

# Nobody checks that this one is there: its first version comes with the first
# percent.
backend "checkout_v2" {
  service = "checkout-v2"
  port    = 8080
}

http_route "shop" {
  gateway   = data.gateway.public
  hostnames = ["shop.example.com"]

  rule "checkout" {
    match { path_prefix = "/checkout" }

    forward {
      to     = data.service.checkout
      weight = 100 - var.checkout_v2_weight
    }

    dynamic "forward" {
      for_each = var.checkout_v2_weight > 0 ? [var.checkout_v2_weight] : []
      content {
        to     = backend.checkout_v2
        weight = forward.value
      }
    }
  }

  rule "login" {
    match { path_prefix = "/login" }
    forward { to = data.service.accounts }
  }
}
