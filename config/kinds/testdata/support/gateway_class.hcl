gateway_class "eg" {
  name        = "eg"
  controller  = "gateway.envoyproxy.io/gatewayclass-controller"
  description = "Envoy, made by Envoy Gateway"
  parameters  = { group = "gateway.envoyproxy.io", kind = "EnvoyProxy", name = "proxy", namespace = "infra" }
  labels      = { team = "edge" }
  annotations = { "example.com/why" = "shop" }
}
