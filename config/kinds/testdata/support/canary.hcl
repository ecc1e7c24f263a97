gateway "public" {
  class = "gwctl"
  listener "http" { port = 8080 }
}

backend "orders" {
  dns = "orders.internal:8080"
}

backend "orders_v2" {
  dns = "orders-v2.internal:8080"
}

http_route "orders" {
  gateway = gateway.public
  rule "all" {
    forward { to = backend.orders }
  }
}

canary "orders" {
  name        = "orders"
  namespace   = "default"
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "orders" }
  routes      = [http_route.orders]
  stable      = backend.orders
  candidate   = backend.orders_v2
  min_ready   = 2
  step "half" {
    weight   = 50
    hold     = "5m"
    approval = true
  }
}
