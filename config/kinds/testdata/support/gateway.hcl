gateway "public" {
  name        = "public"
  namespace   = "default"
  class       = "gwctl"
  addresses   = ["10.0.0.1"]
  labels      = { team = "edge" }
  annotations = { "example.com/why" = "shop" }

  listener "http" {
    port     = 8080
    hostname = "*.example.com"
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
    tls { certificates = [{ name = "wildcard" }] }
  }
}

gateway "named" {
  addresses = ["edge.example.com"]
  listener "http" { port = 8081 }
}

gateway "raw" {
  listener "passthrough" {
    port     = 9443
    protocol = "TLS"
    tls { mode = "Passthrough" }
  }
  listener "ended" {
    port     = 9444
    protocol = "TLS"
    tls {
      mode         = "Terminate"
      certificates = [{ name = "vault" }]
    }
  }
  listener "tcp" {
    port     = 9000
    protocol = "TCP"
  }
  listener "udp" {
    port     = 9053
    protocol = "UDP"
  }
  listener "http" {
    port     = 8080
    protocol = "HTTP"
    allowed_routes { namespaces = "All" }
  }
}

gateway "options" {
  listener "https" {
    port     = 8443
    protocol = "HTTPS"
    tls {
      certificates = [{ name = "wildcard" }]
      options      = { "example.com/min-version" = "1.3" }
    }
  }
}

gateway "clients" {
  client_certificate = { name = "proxies" }

  client_validation {
    certificate_authorities = [{ name = "corp-ca" }]
  }
  client_validation {
    port                    = 8444
    certificate_authorities = [{ name = "partner-ca" }]
    mode                    = "AllowInsecureFallback"
  }
  listener "https" {
    port     = 8443
    protocol = "HTTPS"
    tls { certificates = [{ name = "wildcard" }] }
  }
  listener "partners" {
    port     = 8444
    protocol = "HTTPS"
    tls { certificates = [{ name = "wildcard" }] }
  }
}

gateway "made" {
  infrastructure {
    labels      = { team = "edge" }
    annotations = { "example.com/why" = "shop" }
    parameters  = { group = "gateway.envoyproxy.io", kind = "EnvoyProxy", name = "proxy" }
  }
  listener "http" { port = 8080 }
}

gateway "shared" {
  allowed_listeners {
    namespaces = "Selector"
    selector {
      labels = { team = "shop" }
      expression {
        key      = "stage"
        operator = "In"
        values   = ["prod", "test"]
      }
    }
  }
  listener "http" { port = 8080 }
}
