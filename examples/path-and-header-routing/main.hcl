# Everything a rule can look at and do, on one host.

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
    web  = ["127.0.0.1:9001"]
    api  = ["127.0.0.1:9002"]
    beta = ["127.0.0.1:9003"]
  }
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
  hostnames = ["shop.example.com", "*.shop.example.com"]

  # Requests that say so get the beta; the more headers a match has, the more
  # it weighs.
  rule "beta" {
    match {
      path_prefix = "/api"
      headers     = { x-env = "beta" }
    }
    match {
      path_prefix = "/api"
      query       = { beta = "1" }
    }
    forward { to = backend.service["beta"] }
  }

  rule "api" {
    match { path_prefix = "/api" }
    request_headers {
      set    = { x-via = "gwctl" }
      remove = ["x-debug"]
    }
    response_headers {
      add = { x-served-by = "api" }
    }
    rewrite { path_prefix = "/v1" }
    timeouts { request = "10s" }
    forward { to = backend.service["api"] }
  }

  rule "build" {
    match { path_regex = "/builds/b[0-9]+" }
    forward { to = backend.service["web"] }
  }

  rule "read-only" {
    match {
      path_prefix = "/catalog"
      methods     = ["GET", "HEAD"]
    }
    forward { to = backend.service["web"] }
  }

  rule "old" {
    match { path_exact = "/old" }
    redirect {
      path = "/new"
      code = 301
    }
  }

  rule "web" {
    match { path_prefix = "/" }
    forward { to = backend.service["web"] }
  }
}
