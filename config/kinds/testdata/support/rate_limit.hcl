gateway "public" {
  class = "gwctl"
  listener "http" { port = 8080 }
}

backend "orders" {
  dns = "orders.internal:8080"
}

http_route "orders" {
  gateway = gateway.public
  rule "api" {
    forward { to = backend.orders }
  }
}

http_route "cart" {
  gateway   = gateway.public
  hostnames = ["cart.example.com"]
  rule "all" {
    forward { to = backend.orders }
  }
}

http_route "shop" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]
  rule "all" {
    forward { to = backend.orders }
  }
}

http_route "down" {
  gateway   = gateway.public
  hostnames = ["down.example.com"]
  rule "all" {
    forward { to = backend.orders }
  }
}

rate_limit "local" {
  name        = "local"
  namespace   = "default"
  target      = gateway.public
  scope       = "local"
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "orders" }
  rule "all" { limit = "1000/second" }
}

rate_limit "local_rules" {
  target  = http_route.orders
  section = "api"
  scope   = "local"
  merge   = true
  refusal {
    status       = 503
    body         = "too much"
    content_type = "text/plain"
  }
  rule "exact" {
    match {
      path_exact = "/a"
      method     = "GET"
      headers    = { x-env = "prod" }
      query      = { q = { regex = "a+" } }
    }
    per_header         = "x-api-key"
    limit              = "1/second"
    rate_limit_headers = false
  }
  rule "prefix" {
    match {
      path_prefix = "/b"
      methods     = ["GET", "HEAD"]
    }
    except {
      path_exact = "/b/c"
      method     = "PUT"
      headers    = { x-internal = "1" }
      query      = { q = "b" }
    }
    except {
      path_prefix = "/b/d"
      methods     = ["PUT", "POST"]
    }
    except { path_regex = "/b/e+" }
    per_headers   = ["x-user", "x-tenant"]
    per_query     = "user"
    per_client_ip = true
    limit         = "1/minute"
  }
  rule "regex" {
    match { path_regex = "/f.*" }
    source_cidr = "10.0.0.0/8"
    limit       = "1/hour"
  }
}

rate_limit "local_cost" {
  target = http_route.down
  scope  = "local"
  rule "cost" {
    limit = "10/hour"
    cost  = 2
  }
}

rate_limit "local_shadow" {
  target = http_route.down
  scope  = "local"
  rule "shadow" {
    limit  = "10/minute"
    shadow = true
  }
}

rate_limit "global" {
  targets = [http_route.cart, http_route.shop]
  scope   = "global"
  rule "shared" {
    limit         = "1000/hour"
    cost          = 2
    response_cost = 1
    shared        = true
  }
  rule "shadow" {
    limit  = "10/day"
    shadow = true
  }
}

rate_limit "limiter_down" {
  target       = http_route.orders
  scope        = "global"
  limiter_down = "closed"
  rule "all" { limit = "1/week" }
}
