reference_grant "routes" {
  name        = "routes"
  namespace   = "shop"
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "shop" }

  from {
    kind      = "HTTPRoute"
    namespace = "edge"
    group     = "gateway.networking.k8s.io"
  }
  to {
    kind  = "Service"
    name  = "orders"
    group = ""
  }
}
