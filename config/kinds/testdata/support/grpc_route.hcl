grpc_route "orders" {
  name        = "orders"
  namespace   = "default"
  gateway     = { name = "public" }
  listener    = "https"
  port        = 8443
  hostnames   = ["grpc.example.com"]
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "shop" }

  rule "one" {
    match {
      service = "shop.v1.Orders"
      method  = "Place"
      headers = { x-env = "prod", x-build = { regex = "^b[0-9]+$" } }
    }
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
    forward {
      to     = { name = "orders" }
      weight = 2
    }
  }
  rule "methods" {
    match {
      service = "shop.v1.Orders"
      methods = ["Get", "List"]
    }
    forward { to = { name = "orders" } }
  }
  rule "regex" {
    match {
      service_regex = "shop[.].*"
      method_regex  = "Get.*"
    }
    forward { to = { name = "orders" } }
  }
  rule "mirrored" {
    match { service = "a" }
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
  rule "session" {
    match { service = "b" }
    session_persistence {
      type             = "Cookie"
      session_name     = "orders"
      absolute_timeout = "1h"
      cookie_lifetime  = "Permanent"
    }
    forward { to = { name = "orders" } }
  }
  rule "headers-of-a-backend" {
    match { service = "d" }
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
  rule "mirror-of-a-backend" {
    match { service = "c" }
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
}

grpc_route "set" {
  listener_set = { name = "shop" }
  rule "all" {
    forward { to = { name = "orders" } }
  }
}

grpc_route "several" {
  attach {
    gateway  = { name = "public" }
    listener = "https"
    port     = 8443
  }
  attach { listener_set = { name = "shop" } }
  rule "all" {
    forward { to = { name = "orders" } }
  }
}
