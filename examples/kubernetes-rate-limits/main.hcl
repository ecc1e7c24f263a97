# On a Kubernetes cluster with Envoy Gateway: how many requests pass. A gateway
# protects itself, and a route counts by what its users are known by.
#
# Global limits want a limiter: Envoy Gateway runs it where its configuration
# names a Redis, rateLimit.backend.redis.url.

gwctl {
  name = "rate-limits"
}

# The cluster that kubectl talks to, unless `context` says another.
provider "kubernetes" {
  namespace = var.namespace
}

variable "namespace" {
  description = "Where the gateway, the routes and the Service live. It has to be there."
  type        = string
  default     = "shop"
}

variable "per_key" {
  description = "How many requests with one API key pass in an hour."
  type        = number
  default     = 1000
}

# Where somebody else makes the class, leave this out, and say class = "eg" in
# the provider block.
gateway_class "eg" {
  controller = "gateway.envoyproxy.io/gatewayclass-controller"
}

gateway "public" {
  class = gateway_class.eg
  listener "http" { port = 80 }
}

# A Service that is there: the block makes no object.
backend "orders" {
  service = "orders"
  port    = 8080
}

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

# In each proxy, for all routes that say nothing else.
rate_limit "public" {
  target = gateway.public
  scope  = "local"
  rule "search" {
    match {
      path_exact = "/search"
      methods    = ["GET", "HEAD"]
    }
    limit = "5/hour"
  }
}

# For all proxies together, and beside the gateway's limits.
rate_limit "orders" {
  target = http_route.orders
  scope  = "global"
  merge  = true
  rule "key" {
    except { path_prefix = "/health" }
    per_header = "x-api-key"
    limit      = "${var.per_key}/hour"
  }
}

# In each proxy as well: blocks for one target share an object.
rate_limit "orders_bursts" {
  target = http_route.orders
  scope  = "local"
  merge  = true
  rule "client" {
    per_client_ip = true
    limit         = "100/second"
  }
}
