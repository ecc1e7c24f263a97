// Package certificatetest makes certificates for tests.
package certificatetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Pair is a certificate and its key, both PEM.
type Pair struct{ Certificate, Key []byte }

// Write puts NAME.crt and NAME.key into a folder.
func (p Pair) Write(t testing.TB, dir, name string) {
	t.Helper()
	for suffix, content := range map[string][]byte{".crt": p.Certificate, ".key": p.Key} {
		if err := os.WriteFile(filepath.Join(dir, name+suffix), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Authority signs certificates.
type Authority struct {
	PEM         []byte
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority returns one that nobody else is.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{certificate: &x509.Certificate{
		Subject:  pkix.Name{CommonName: "tests"},
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}}
	signed, key := sign(t, elliptic.P256(), a.certificate, nil, nil)
	block, _ := pem.Decode(signed.Certificate)
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	a.PEM, a.certificate, a.key = signed.Certificate, parsed, key
	return a
}

// Pool trusts the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// Issue returns a certificate for servers and clients of these names (hosts,
// addresses and URIs), valid for a day.
func (a *Authority) Issue(t testing.TB, hostnames ...string) Pair {
	t.Helper()
	return a.IssueFor(t, time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour), hostnames...)
}

// IssueFor is Issue for a certain time.
func (a *Authority) IssueFor(t testing.TB, from, to time.Time, hostnames ...string) Pair {
	t.Helper()
	return a.issue(t, elliptic.P256(), from, to, hostnames)
}

// IssueWeak is Issue with a key that Envoy finds too weak.
func (a *Authority) IssueWeak(t testing.TB, hostnames ...string) Pair {
	t.Helper()
	return a.issue(t, elliptic.P224(), time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour), hostnames)
}

func (a *Authority) issue(t testing.TB, curve elliptic.Curve, from, to time.Time, hostnames []string) Pair {
	t.Helper()
	c := &x509.Certificate{
		Subject:     pkix.Name{CommonName: append(hostnames, "nobody")[0]},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		NotBefore:   from, NotAfter: to,
	}
	for _, h := range hostnames {
		u, err := url.Parse(h)
		switch ip := net.ParseIP(h); {
		case ip != nil:
			c.IPAddresses = append(c.IPAddresses, ip)
		case err == nil && u.Scheme != "":
			c.URIs = append(c.URIs, u)
		default:
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	pair, _ := sign(t, curve, c, a.certificate, a.key)
	return pair
}

// sign fills in what all certificates have. Without a parent it signs itself.
func sign(t testing.TB, curve elliptic.Curve, c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (Pair, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64)); err != nil {
		t.Fatal(err)
	}
	c.KeyUsage |= x509.KeyUsageDigitalSignature
	if parent == nil {
		parent, parentKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}, key
}
