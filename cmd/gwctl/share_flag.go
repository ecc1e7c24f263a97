package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// errNoShare says that a text is no share.
var errNoShare = errors.New("it is no share from 0% to 100%")

// parseShare reads a share as people write it: "0.5%" is 0.005.
func parseShare(text string) (float64, error) {
	number, found := strings.CutSuffix(text, "%")
	percent, err := strconv.ParseFloat(number, 64)
	if !found || err != nil || !(percent >= 0 && percent <= 100) {
		return 0, errNoShare
	}
	return percent / 100, nil
}

func formatShare(share float64) string { return fmt.Sprintf("%.6g%%", share*100) }

// shareFlag is the value of a flag that takes a share.
type shareFlag float64

func (f *shareFlag) Type() string { return "share" }

// String leaves out what help has not to tell as a default.
func (f *shareFlag) String() string {
	if *f == 0 {
		return ""
	}
	return formatShare(float64(*f))
}

func (f *shareFlag) Set(text string) error {
	share, err := parseShare(text)
	if err == nil {
		*f = shareFlag(share)
	}
	return err
}

// sharesFlag is that of one that may be repeated: the first one given takes the
// place of the default.
type sharesFlag struct {
	shares *[]float64
	given  bool
}

func (f *sharesFlag) Type() string { return "share" }

func (f *sharesFlag) String() string {
	if f.shares == nil {
		return ""
	}
	var all []string
	for _, s := range *f.shares {
		all = append(all, formatShare(s))
	}
	return strings.Join(all, ", ")
}

func (f *sharesFlag) Set(text string) error {
	share, err := parseShare(text)
	if err != nil {
		return err
	}
	if !f.given {
		*f.shares, f.given = nil, true
	}
	*f.shares = append(*f.shares, share)
	return nil
}
