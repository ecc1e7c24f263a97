# How many requests pass, on an xDS server: what a gateway allows everybody, and
# what a route allows each of its users. These limits are local: each Envoy counts
# for itself. With scope = "global" all count together, by a limiter that the
# server is told of: gwctl xds serve -ratelimit HOST:PORT.

provider "xds" {}

variable "port" {
  description = "Port that Envoy listens on."
  type        = number
  default     = 8080
}

variable "orders" {
  description = "Addresses of the orders service."
  type        = list(string)
  default     = ["127.0.0.1:9001"]
}

gateway "public" {
  listener "http" {
    port     = var.port
    protocol = "HTTP"
  }
}

backend "orders" { endpoints = var.orders }

http_route "orders" {
  gateway   = gateway.public
  hostnames = ["orders.example.com"]

  rule "all" {
    forward { to = backend.orders }
  }
}

http_route "search" {
  gateway   = gateway.public
  hostnames = ["search.example.com"]

  rule "all" {
    forward { to = backend.orders }
  }
}

# For every route that says nothing else.
rate_limit "public" {
  target = gateway.public
  scope  = "local"

  rule "search" {
    match {
      path_exact = "/search" # whatever the query
      methods    = ["GET", "HEAD"]
    }
    limit = "1/hour"
  }
}

# Beside the gateway's limits, since it merges.
rate_limit "orders" {
  target = http_route.orders
  scope  = "local"
  merge  = true

  rule "key" {
    except { path_prefix = "/health" }
    per_header = "x-api-key"
    limit      = "1/hour"
  }
}

# Blocks for one target share one policy.
rate_limit "orders_addresses" {
  target = http_route.orders
  scope  = "local"
  merge  = true

  rule "address" {
    per_client_ip      = true
    limit              = "1000/minute"
    rate_limit_headers = false
  }
}
