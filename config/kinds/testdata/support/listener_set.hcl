listener_set "shop" {
  name        = "shop"
  namespace   = "shop"
  gateway     = { name = "public", namespace = "default" }
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "shop" }

  listener "http" {
    port     = 8080
    hostname = "shop.example.com"
    allowed_routes {
      namespaces = "Selector"
      kinds      = ["HTTPRoute"]
      selector {
        labels = { team = "shop" }
        expression {
          key      = "stage"
          operator = "In"
          values   = ["prod", "test"]
        }
      }
    }
  }
  listener "https" {
    port     = 8443
    protocol = "HTTPS"
    tls { certificates = [{ name = "shop" }] }
  }
}

listener_set "raw" {
  gateway = { name = "public" }
  listener "passthrough" {
    port     = 9443
    protocol = "TLS"
    tls { mode = "Passthrough" }
  }
  listener "tcp" {
    port     = 9000
    protocol = "TCP"
  }
  listener "udp" {
    port     = 9053
    protocol = "UDP"
  }
}

listener_set "options" {
  gateway = { name = "public" }
  listener "https" {
    port     = 8444
    protocol = "HTTPS"
    tls {
      certificates = [{ name = "wildcard" }]
      options      = { "example.com/min-version" = "1.3" }
    }
  }
}
