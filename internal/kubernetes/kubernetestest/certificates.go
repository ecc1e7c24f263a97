package kubernetestest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority signs the certificates of one control plane: its server's and its
// users'.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	pem         []byte
}

// pair is a certificate with its key, both PEM.
type pair struct{ certificate, key []byte }

func newAuthority() (*authority, error) {
	a := &authority{certificate: &x509.Certificate{
		Subject:  pkix.Name{CommonName: "gwctl tests"},
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}}
	signed, err := sign(a.certificate, nil, nil)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(signed.certificate)
	if a.certificate, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, err
	}
	block, _ = pem.Decode(signed.key)
	if a.key, err = x509.ParseECPrivateKey(block.Bytes); err != nil {
		return nil, err
	}
	a.pem = signed.certificate
	return a, nil
}

// server makes the certificate of a server on a loopback address.
func (a *authority) server() (pair, error) {
	return sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "kube-apiserver"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, NotBefore: a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,
	}, a.certificate, a.key)
}

// client makes the certificate of a user, which may have run out an hour ago.
func (a *authority) client(user string, groups []string, expired bool) (pair, error) {
	until := a.certificate.NotAfter
	if expired {
		until = time.Now().Add(-time.Hour)
	}
	return sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, NotBefore: a.certificate.NotBefore, NotAfter: until,
	}, a.certificate, a.key)
}

// sign fills in what all certificates have. Without a parent it signs itself.
func sign(c, parent *x509.Certificate, parentKey crypto.Signer) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64)); err != nil {
		return pair{}, err
	}
	c.KeyUsage |= x509.KeyUsageDigitalSignature
	if parent == nil {
		parent, parentKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), parentKey)
	if err != nil {
		return pair{}, fmt.Errorf("sign the certificate of %s: %w", c.Subject, err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return pair{}, err
	}
	return pair{
		certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:         pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

// write puts NAME.crt and NAME.key into a folder.
func (p pair) write(dir, name string) error {
	if err := os.WriteFile(filepath.Join(dir, name+".crt"), p.certificate, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".key"), p.key, 0o600)
}
