// Package certificate says whether certificates, keys and authorities can be
// used, before anybody is served with them. What it says has never anything of
// a key in it.
package certificate

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
)

// Fault says why a certificate and its key cannot be used.
type Fault struct {
	Key  bool   // the key's, not the certificate's
	Text string // for people, as in "it is ..."
}

func (f *Fault) Error() string {
	if f.Key {
		return "the key: " + f.Text
	}
	return "the certificate: " + f.Text
}

// CheckPair returns the certificate that clients are shown, the first of a
// chain. A fault is that it is no PEM, that the key is not the certificate's, or
// that now is not in the time for which it is valid; the zero time always is.
func CheckPair(chain, key []byte, now time.Time) (*x509.Certificate, *Fault) {
	certificates, err := parse(chain)
	if err != nil {
		return nil, &Fault{Text: err.Error()}
	}
	own, err := parseKey(key)
	if err != nil {
		return nil, &Fault{Key: true, Text: err.Error()}
	}
	leaf := certificates[0]
	if public, ok := own.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(leaf.PublicKey) {
		return nil, &Fault{Key: true, Text: "it does not belong to the certificate"}
	}
	if text := outOfTime(leaf, now); text != "" {
		return nil, &Fault{Text: text}
	}
	return leaf, nil
}

// CheckAuthorities returns the certificates of authorities. A fault is that it
// is no PEM, or that none of them is valid now; at the zero time all are.
func CheckAuthorities(bundle []byte, now time.Time) ([]*x509.Certificate, *Fault) {
	certificates, err := parse(bundle)
	if err != nil {
		return nil, &Fault{Text: err.Error()}
	}
	text := ""
	for _, c := range certificates {
		if text = outOfTime(c, now); text == "" {
			return certificates, nil
		}
	}
	return nil, &Fault{Text: text}
}

// Covers reports whether certificates that are for some names are for a host, or
// for any that a wildcard such as *.example.com means. A wildcard of a
// certificate stands for one label (RFC 9525, section 6.3).
func Covers(names []string, host string) bool {
	host = strings.ToLower(host)
	suffix, wildcard := strings.CutPrefix(host, "*")
	_, parent, _ := strings.Cut(host, ".")
	for _, name := range names {
		name = strings.ToLower(name)
		if name == host || wildcard && strings.HasSuffix(name, suffix) || !wildcard && name == "*."+parent {
			return true
		}
	}
	return false
}

func parse(file []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d of the file cannot be read: %w", len(out)+1, err)
		}
		out = append(out, c)
	}
	if out == nil {
		return nil, fmt.Errorf("the file has no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
	}
	return out, nil
}

func parseKey(file []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
			return nil, fmt.Errorf("it is encrypted, and nobody gives the passphrase: store it without one")
		case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
			continue
		}
		var key any
		var err error
		switch block.Type {
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		default:
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		}
		signer, ok := key.(crypto.Signer)
		if err != nil || !ok { // the cause might quote it
			return nil, fmt.Errorf("the block %q of the file cannot be read", block.Type)
		}
		return signer, nil
	}
	return nil, fmt.Errorf("the file has no key in PEM form (-----BEGIN PRIVATE KEY-----)")
}

func outOfTime(c *x509.Certificate, now time.Time) string {
	switch {
	case now.IsZero():
		return ""
	case now.After(c.NotAfter):
		return "it expired at " + c.NotAfter.UTC().Format(time.RFC3339)
	case now.Before(c.NotBefore):
		return "it is not valid before " + c.NotBefore.UTC().Format(time.RFC3339)
	}
	return ""
}
