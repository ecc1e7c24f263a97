manifest "shop" {
  object = {
    apiVersion = "v1"
    kind       = "Namespace"
    metadata   = { labels = { team = "shop" } }
  }
}

manifest "policy" {
  object = {
    apiVersion = "gateway.envoyproxy.io/v1alpha1"
    kind       = "SecurityPolicy"
    spec = {
      targetRefs = [{ group = "gateway.networking.k8s.io", kind = "Gateway", name = "public" }]
      cors       = { maxAge = "1h" }
    }
  }
}
