# Argo CD applies what this configuration renders: gwctl needs no access to the
# cluster, and keeps no state.
#
#   gwctl render -out=rendered          and commit the folder
#   gwctl render -out=rendered -check   in the pipeline: exit 1 when it is out of date
#
# application.yaml is the Argo CD Application that points at the folder.

provider "kubernetes" {
  namespace = "shop"
  class     = "eg"
}

variable "v2_weight" {
  description = "Percent of the requests that the new version of orders gets."
  type        = number
  default     = 10

  validation {
    condition     = var.v2_weight >= 0 && var.v2_weight <= 100
    error_message = "A weight is 0 to 100."
  }
}

gateway "public" {
  listener "http" {
    port     = 80
    protocol = "HTTP"
  }
}

# Services of the cluster: they make no objects.
backend "orders" {
  service = "orders"
  port    = 8080
}

backend "orders_v2" {
  service = "orders-v2"
  port    = 8080
}

http_route "orders" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  rule "api" {
    match { path_prefix = "/orders" }
    timeouts { request = "10s" }

    forward {
      to     = backend.orders
      weight = 100 - var.v2_weight
    }
    forward {
      to     = backend.orders_v2
      weight = var.v2_weight
    }
  }
}
