http_route "orders" {
  name        = "orders"
  namespace   = "default"
  gateway     = { name = "public" }
  listener    = "http"
  port        = 8080
  hostnames   = ["shop.example.com"]
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "shop" }

  rule "one" {
    match {
      path_prefix = "/api"
      method      = "GET"
      headers     = { x-env = "prod", x-build = { regex = "^b[0-9]+$" } }
      query       = { page = "1" }
    }
    match {
      path_exact = "/exact"
      methods    = ["GET", "POST"]
    }
    match { path_regex = "/v[0-9]+/.*" }
    request_headers {
      set    = { x-via = "gwctl" }
      add    = { x-more = "a" }
      remove = ["x-debug"]
    }
    response_headers {
      set    = { x-via = "gwctl" }
      add    = { x-more = "a" }
      remove = ["x-debug"]
    }
    timeouts {
      request         = "10s"
      backend_request = "5s"
    }
    forward {
      to     = { name = "orders" }
      weight = 2
    }
  }
  rule "old" {
    match { path_exact = "/old" }
    redirect {
      scheme   = "https"
      hostname = "new.example.com"
      port     = 8443
      path     = "/new"
      code     = 308
    }
  }
  rule "older" {
    match { path_prefix = "/older" }
    redirect { path_prefix = "/new" }
  }
  rule "rewritten" {
    match { path_prefix = "/whole" }
    rewrite {
      hostname = "orders.internal"
      path     = "/"
    }
    forward { to = { name = "orders" } }
  }
  rule "rewritten-prefix" {
    match { path_prefix = "/prefix" }
    rewrite { path_prefix = "/" }
    forward { to = { name = "orders" } }
  }
  rule "mirrored" {
    match { path_prefix = "/mirrored" }
    mirror {
      to      = { name = "copy" }
      percent = 10
    }
    mirror {
      to       = { name = "other" }
      fraction = "1/1000"
    }
    forward { to = { name = "orders" } }
  }
  rule "cors" {
    match { path_prefix = "/cors" }
    cors {
      allow_origins     = ["https://shop.example.com", "https://*.example.com"]
      allow_methods     = ["GET", "PUT"]
      allow_headers     = ["x-user"]
      expose_headers    = ["x-role"]
      allow_credentials = true
      max_age           = 60
    }
    forward { to = { name = "orders" } }
  }
  rule "asked" {
    match { path_prefix = "/asked" }
    external_auth {
      to                       = { name = "auth" }
      path                     = "/check"
      allowed_headers          = ["x-user"]
      allowed_response_headers = ["x-role"]
      forward_body             = 4096
    }
    forward { to = { name = "orders" } }
  }
  rule "asked-over-grpc" {
    match { path_prefix = "/grpc" }
    external_auth {
      to       = { name = "auth" }
      protocol = "GRPC"
    }
    forward { to = { name = "orders" } }
  }
  rule "retried" {
    match { path_prefix = "/retried" }
    retry {
      attempts = 3
      backoff  = "100ms"
      codes    = [500, 503]
    }
    forward { to = { name = "orders" } }
  }
  rule "session" {
    match { path_prefix = "/session" }
    session_persistence {
      type             = "Cookie"
      session_name     = "orders"
      absolute_timeout = "1h"
      cookie_lifetime  = "Permanent"
    }
    forward { to = { name = "orders" } }
  }
  rule "session-by-header" {
    match { path_prefix = "/header" }
    session_persistence {
      type         = "Header"
      session_name = "x-session"
    }
    forward { to = { name = "orders" } }
  }
}

http_route "backends" {
  gateway = { name = "public" }
  rule "headers" {
    match { path_prefix = "/headers" }
    forward {
      to = { name = "orders" }
      request_headers {
        set    = { x-via = "gwctl" }
        add    = { x-more = "a" }
        remove = ["x-debug"]
      }
      response_headers {
        set    = { x-via = "gwctl" }
        add    = { x-more = "a" }
        remove = ["x-debug"]
      }
    }
  }
  rule "rewritten" {
    match { path_prefix = "/whole" }
    forward {
      to = { name = "orders" }
      rewrite {
        hostname = "orders.internal"
        path     = "/"
      }
    }
  }
  rule "rewritten-host" {
    match { path_prefix = "/host" }
    forward {
      to = { name = "orders" }
      rewrite { hostname = "orders.internal" }
    }
  }
  rule "rewritten-prefix" {
    match { path_prefix = "/prefix" }
    forward {
      to = { name = "orders" }
      rewrite { path_prefix = "/" }
    }
  }
  rule "mirrored" {
    match { path_prefix = "/mirrored" }
    forward {
      to = { name = "orders" }
      mirror {
        to      = { name = "copy" }
        percent = 10
      }
      mirror {
        to       = { name = "other" }
        fraction = "1/1000"
      }
    }
  }
  rule "cors" {
    match { path_prefix = "/cors" }
    forward {
      to = { name = "orders" }
      cors {
        allow_origins     = ["https://shop.example.com"]
        allow_methods     = ["GET", "PUT"]
        allow_headers     = ["x-user"]
        expose_headers    = ["x-role"]
        allow_credentials = true
        max_age           = 60
      }
    }
  }
}

http_route "set" {
  listener_set = { name = "shop" }
  rule "all" {
    forward { to = { name = "orders" } }
  }
}

http_route "several" {
  attach {
    gateway  = { name = "public" }
    listener = "http"
    port     = 8080
  }
  attach { listener_set = { name = "shop" } }
  rule "all" {
    forward { to = { name = "orders" } }
  }
}
