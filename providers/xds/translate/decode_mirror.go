package translate

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// mirror sends copies of some requests to a backend, whose answers nobody sees.
type mirror struct {
	to        backendRef
	millionth uint32 // how many of a million requests
}

const million = 1_000_000

func decodeMirror(d *decoding, path string, in *gatewayv1.HTTPRequestMirrorFilter) mirror {
	m := mirror{to: decodeReference(d, path+".backendRef", &in.BackendRef), millionth: million}
	switch {
	case in.Percent != nil && in.Fraction != nil:
		d.problem(path, "a mirror has percent or fraction: remove one of the two")
	case in.Percent != nil && (*in.Percent < 0 || *in.Percent > 100):
		d.problem(path+".percent", "%d is no percentage: allowed is 0 to 100", *in.Percent)
	case in.Percent != nil:
		m.millionth = uint32(*in.Percent) * (million / 100)
	case in.Fraction != nil:
		numerator, denominator := int64(in.Fraction.Numerator), int64(value(in.Fraction.Denominator, 100))
		if numerator < 0 || denominator < 1 || numerator > denominator {
			d.problem(path+".fraction", "%d/%d is no fraction: the numerator is 0 to the denominator, which is 1 or more", numerator, denominator)
			break
		}
		m.millionth = uint32((numerator*million + denominator/2) / denominator)
	}
	return m
}
