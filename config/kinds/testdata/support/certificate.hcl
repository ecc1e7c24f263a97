certificate "files" {
  name        = "wildcard"
  namespace   = "default"
  cert_file   = "tls/wildcard.crt"
  key_file    = "tls/wildcard.key"
  labels      = { team = "edge" }
  annotations = { "example.com/why" = "shop" }
}

certificate "secret" {
  secret = "wildcard-tls"
}

certificate_authority "file" {
  name        = "corp-ca"
  namespace   = "default"
  file        = "tls/corp-ca.crt"
  labels      = { team = "edge" }
  annotations = { "example.com/why" = "shop" }
}

certificate_authority "config_map" {
  config_map = "corp-ca"
}
