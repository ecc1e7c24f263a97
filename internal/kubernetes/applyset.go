package kubernetes

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Labels and annotations of the ApplySet specification (KEP-3659). The parent
// of an owner's set is the Secret that holds its state.
const (
	LabelApplySetID                    = "applyset.kubernetes.io/id" // of the parent; members have it as resource.LabelPartOf
	AnnotationApplySetTooling          = "applyset.kubernetes.io/tooling"
	AnnotationApplySetGroupKinds       = "applyset.kubernetes.io/contains-group-kinds"
	AnnotationApplySetOtherNamespaces  = "applyset.kubernetes.io/additional-namespaces"
	applySetPrefix, applySetFormatMark = "applyset-", "-v1"
)

// ApplySetID returns the id of the set whose parent is the Secret of this name.
func ApplySetID(name, namespace string) string {
	sum := sha256.Sum256([]byte(name + "." + namespace + ".Secret."))
	return applySetPrefix + base64.RawURLEncoding.EncodeToString(sum[:]) + applySetFormatMark
}

// StateName returns the name of the Secret that holds an owner's state, the
// parent of its set.
func StateName(owner string) string { return "gwctl-state-" + objectName(owner) }

// LeaseName returns the name of the Lease on an owner's state.
func LeaseName(owner string) string { return "gwctl-" + objectName(owner) }

// objectName makes a name that objects may have of an owner's, which may have
// upper case and "_" as well. What had to be changed is told apart by a hash.
func objectName(owner string) string {
	if len(validation.IsDNS1123Subdomain(owner)) == 0 {
		return owner
	}
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, owner)
	sum := sha256.Sum256([]byte(owner))
	return strings.Trim(plain, "-") + "-" + hex.EncodeToString(sum[:4])
}
