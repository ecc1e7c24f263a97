package certificate_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/certificate"
	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
)

func TestCheckPair(t *testing.T) {
	authority := certificatetest.NewAuthority(t)
	good, other := authority.Issue(t, "shop.example.com"), authority.Issue(t, "shop.example.com")
	hour := time.Hour
	now := time.Now()
	expired := authority.IssueFor(t, now.Add(-2*hour), now.Add(-hour), "shop.example.com")
	early := authority.IssueFor(t, now.Add(hour), now.Add(2*hour), "shop.example.com")
	block, _ := pem.Decode(good.Key)
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: block.Bytes})
	broken := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: block.Bytes[:20]})
	garbled := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("hello")})
	for _, test := range []struct {
		name       string
		chain, key []byte
		fault      string // "" for none
		ofKey      bool
	}{
		{name: "they belong together", chain: good.Certificate, key: good.Key},
		{name: "with the authority behind it", chain: append(bytes.Clone(good.Certificate), authority.PEM...), key: good.Key},
		{name: "both in one file", chain: append(bytes.Clone(good.Key), good.Certificate...), key: append(bytes.Clone(good.Certificate), good.Key...)},
		{name: "another one's key", chain: good.Certificate, key: other.Key, fault: "does not belong to the certificate", ofKey: true},
		{name: "no PEM", chain: []byte("Hello world\n"), key: good.Key, fault: "no certificate in PEM form"},
		{name: "no key in PEM", chain: good.Certificate, key: []byte("Hello world\n"), fault: "no key in PEM form", ofKey: true},
		{name: "the files are exchanged", chain: good.Key, key: good.Certificate, fault: "no certificate in PEM form"},
		{name: "empty", fault: "no certificate in PEM form"},
		{name: "PEM of something else", chain: garbled, key: good.Key, fault: "certificate 1 of the file cannot be read"},
		{name: "a key with a passphrase", chain: good.Certificate, key: encrypted, fault: "it is encrypted", ofKey: true},
		{name: "a key that is cut off", chain: good.Certificate, key: broken, fault: "cannot be read", ofKey: true},
		{name: "expired", chain: expired.Certificate, key: expired.Key, fault: "it expired at "},
		{name: "not valid yet", chain: early.Certificate, key: early.Key, fault: "it is not valid before "},
	} {
		t.Run(test.name, func(t *testing.T) {
			leaf, fault := certificate.CheckPair(test.chain, test.key, now)
			if test.fault == "" {
				if fault != nil || leaf.DNSNames[0] != "shop.example.com" {
					t.Errorf("got %v, %v", leaf, fault)
				}
				return
			}
			if fault == nil || fault.Key != test.ofKey || !strings.Contains(fault.Text, test.fault) {
				t.Errorf("got %v, wanted %q", fault, test.fault)
			}
		})
	}
}

// TestKeysOfAllForms reads keys as openssl and others write them.
func TestKeysOfAllForms(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	for typ, key := range map[string][]byte{"EC PRIVATE KEY": sec1, "RSA PRIVATE KEY": x509.MarshalPKCS1PrivateKey(rsaKey)} {
		// Another key's form is not to be mistaken for one that cannot be read.
		pair := certificatetest.NewAuthority(t).Issue(t, "shop.example.com")
		_, err := certificate.CheckPair(pair.Certificate, pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: key}), time.Now())
		if err == nil || !strings.Contains(err.Error(), "does not belong to the certificate") {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

func TestTheTimeCanBeLeftOut(t *testing.T) {
	authority := certificatetest.NewAuthority(t)
	expired := authority.IssueFor(t, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour), "shop.example.com")
	if _, fault := certificate.CheckPair(expired.Certificate, expired.Key, time.Time{}); fault != nil {
		t.Error(fault)
	}
	if _, fault := certificate.CheckAuthorities(expired.Certificate, time.Time{}); fault != nil {
		t.Error(fault)
	}
}

func TestCovers(t *testing.T) {
	names := []string{"shop.example.com", "*.eu.example.com"}
	for host, want := range map[string]bool{
		"shop.example.com": true, "SHOP.example.com": true, "admin.example.com": false, "example.com": false,
		"a.eu.example.com": true, "b.a.eu.example.com": false, "eu.example.com": false,
		"*.eu.example.com": true, "*.example.com": true, "*.a.eu.example.com": false, "*.example.org": false,
	} {
		if certificate.Covers(names, host) != want {
			t.Errorf("%s: want %v", host, want)
		}
	}
}

func TestCheckAuthorities(t *testing.T) {
	authority := certificatetest.NewAuthority(t)
	now := time.Now()
	expired := authority.IssueFor(t, now.Add(-2*time.Hour), now.Add(-time.Hour), "old").Certificate
	if list, err := certificate.CheckAuthorities(append(bytes.Clone(expired), authority.PEM...), now); err != nil || len(list) != 2 {
		t.Errorf("one of two is valid: %v, %v", list, err)
	}
	for want, bundle := range map[string][]byte{"expired at": expired, "no certificate in PEM form": []byte("ca")} {
		if _, err := certificate.CheckAuthorities(bundle, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, wanted %q", err, want)
		}
	}
}

// FuzzCheck holds to: no input panics, and no word about a key has any of it.
func FuzzCheck(f *testing.F) {
	pair := certificatetest.NewAuthority(f).Issue(f, "shop.example.com")
	f.Add(pair.Certificate, pair.Key)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), []byte("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, chain, key []byte) {
		_, err := certificate.CheckPair(chain, key, time.Now())
		if block, _ := pem.Decode(key); err != nil && block != nil && len(block.Bytes) > 8 && bytes.Contains([]byte(err.Error()), block.Bytes) {
			t.Errorf("the error quotes the key: %v", err)
		}
	})
}
