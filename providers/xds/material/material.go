// Package material reads the files that Secrets and ConfigMaps on an xDS server
// name: certificates, their keys, authorities.
package material

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/gwctl/gwctl/internal/certificate"
	"github.com/gwctl/gwctl/internal/resource"
)

// Source is the files of one Secret (Certificate and Key) or of one ConfigMap
// (Authorities), by their paths as the object has them.
type Source struct{ Certificate, Key, Authorities string }

// SourceOf returns the files that an object names. It is false for objects that
// name none, or not all that they should.
func SourceOf(o *resource.Object) (Source, bool) {
	if kind := o.GetKind(); kind != "Secret" && kind != "ConfigMap" || o.GetAPIVersion() != "v1" {
		return Source{}, false
	}
	annotations := o.GetAnnotations()
	if o.GetKind() == "ConfigMap" {
		s := Source{Authorities: annotations[resource.AnnotationCAFile]}
		return s, s.Authorities != ""
	}
	s := Source{Certificate: annotations[resource.AnnotationCertFile], Key: annotations[resource.AnnotationKeyFile]}
	return s, s.Certificate != "" && s.Key != ""
}

// Paths lists the files.
func (s Source) Paths() []string {
	if s.Authorities != "" {
		return []string{s.Authorities}
	}
	return []string{s.Certificate, s.Key}
}

// Material is what the files of a source hold, and can be used. It is never
// changed.
type Material struct {
	Certificate, Key, Authorities []byte
	Sum                           string    // tells contents apart, and nothing of them
	Hostnames                     []string  // that the certificate is for
	Expires                       time.Time // when the certificate does; of authorities, the last of them
	Exposed                       bool      // others on this machine can read the key
}

// Fault says why the files of a source cannot be used.
type Fault struct {
	Annotation string // that names the file
	Path       string // of the file, as the annotation has it
	Text       string // without anything of the file in it
}

func (f *Fault) Error() string { return fmt.Sprintf("%s: %s", f.Path, f.Text) }

// Load reads and checks the files of a source; with the zero time it does not
// matter when certificates are valid.
func (f *Folder) Load(s Source, now time.Time) (*Material, *Fault) {
	if s.Authorities != "" {
		return f.loadAuthorities(s, now)
	}
	chain, _, unread := f.read(resource.AnnotationCertFile, s.Certificate)
	if unread != nil {
		return nil, unread
	}
	key, exposed, unread := f.read(resource.AnnotationKeyFile, s.Key)
	if unread != nil {
		return nil, unread
	}
	leaf, fault := certificate.CheckPair(chain, key, now)
	switch {
	case fault == nil:
		return &Material{Certificate: chain, Key: key, Sum: sum(chain, key), Hostnames: leaf.DNSNames, Expires: leaf.NotAfter, Exposed: exposed}, nil
	case fault.Key:
		return nil, &Fault{resource.AnnotationKeyFile, s.Key, fault.Text}
	}
	return nil, &Fault{resource.AnnotationCertFile, s.Certificate, fault.Text}
}

func (f *Folder) loadAuthorities(s Source, now time.Time) (*Material, *Fault) {
	bundle, _, unread := f.read(resource.AnnotationCAFile, s.Authorities)
	if unread != nil {
		return nil, unread
	}
	trusted, fault := certificate.CheckAuthorities(bundle, now)
	if fault != nil {
		return nil, &Fault{resource.AnnotationCAFile, s.Authorities, fault.Text}
	}
	m := &Material{Authorities: bundle, Sum: sum(bundle)}
	for _, c := range trusted {
		if c.NotAfter.After(m.Expires) {
			m.Expires = c.NotAfter
		}
	}
	return m, nil
}

func sum(contents ...[]byte) string {
	h := sha256.New()
	for _, c := range contents {
		fmt.Fprintf(h, "%d\n", len(c))
		h.Write(c)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
