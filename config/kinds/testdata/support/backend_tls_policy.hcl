backend "orders" {
  dns = "orders.internal:8443"
}

backend_tls_policy "orders" {
  name                    = "orders"
  namespace               = "default"
  target                  = backend.orders
  hostname                = "orders.internal"
  certificate_authorities = [{ name = "corp-ca" }]
  labels                  = { team = "shop" }
  annotations             = { "example.com/why" = "orders" }
}

backend_tls_policy "section" {
  target            = { name = "theirs" }
  section           = "8443"
  hostname          = "theirs.internal"
  system_cas        = true
  subject_alt_names = ["theirs.internal", "spiffe://corp/theirs"]
}

backend_tls_policy "section_of_a_service" {
  target     = { name = "theirs", type = "Service" }
  section    = "https"
  hostname   = "theirs.internal"
  system_cas = true
}

backend_tls_policy "options" {
  target     = { name = "third" }
  hostname   = "third.internal"
  system_cas = true
  options    = { "example.com/ciphers" = "modern" }
}
