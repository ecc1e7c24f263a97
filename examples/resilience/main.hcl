# What a gateway does so that clients notice less: it asks again, answers the
# pages of other origins, keeps sessions, and shows a new version what the old
# one is asked.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "backends" {
  description = "Addresses of each service."
  type        = map(list(string))
  default = {
    orders    = ["127.0.0.1:9001", "127.0.0.1:9002"]
    orders_v2 = ["127.0.0.1:9003"]
    carts     = ["127.0.0.1:9004", "127.0.0.1:9005"]
  }
}

variable "shown_to_v2" {
  description = "Percent of the orders that version 2 gets copies of."
  type        = number
  default     = 5
}

gateway "public" {
  listener "http" {
    port     = var.port
    protocol = "HTTP"
  }
}

backend "service" {
  for_each  = var.backends
  endpoints = each.value
}

http_route "shop" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  # Three more attempts, each with its own two seconds, and ten for all of them.
  # Only reads: what was asked for twice must not be done twice.
  rule "read-orders" {
    match {
      path_prefix = "/orders"
      methods     = ["GET", "HEAD"]
    }
    retry {
      attempts = 3
      backoff  = "100ms"
      codes    = [502, 503, 504]
    }
    timeouts {
      request         = "10s"
      backend_request = "2s"
    }
    mirror {
      to      = backend.service["orders_v2"]
      percent = var.shown_to_v2
    }
    forward { to = backend.service["orders"] }
  }

  # Pages of the partners' sites may place orders, and send their cookies.
  rule "place-orders" {
    match {
      path_prefix = "/orders"
      method      = "POST"
    }
    cors {
      allow_origins     = ["https://*.partners.example.com"]
      allow_headers     = ["content-type"]
      allow_credentials = true
      max_age           = 3600
    }
    timeouts { request = "10s" }
    forward { to = backend.service["orders"] }
  }

  # Carts live in the memory of the endpoint that has the session.
  rule "carts" {
    match { path_prefix = "/cart" }
    session_persistence {
      session_name     = "cart"
      absolute_timeout = "1h"
      cookie_lifetime  = "Permanent"
    }
    forward { to = backend.service["carts"] }
  }
}
