package translate

import "slices"

// replaced returns a sorted list without what is gone and with what has come,
// and leaves the list itself as it is. All three are sorted, no element is
// there twice, and what is gone is in the list.
func replaced[T any](list, gone, come []T, compare func(a, b T) int) []T {
	if len(gone)+len(come) == 0 {
		return list
	}
	out := make([]T, 0, len(list)-len(gone)+len(come))
	for len(gone)+len(come) > 0 {
		leaves := len(come) == 0 || len(gone) > 0 && compare(gone[0], come[0]) <= 0
		next := &come
		if leaves {
			next = &gone
		}
		at, _ := slices.BinarySearchFunc(list, (*next)[0], compare)
		out = append(out, list[:at]...)
		if list = list[at:]; leaves {
			list = list[1:]
		} else {
			out = append(out, come[0])
		}
		*next = (*next)[1:]
	}
	return append(out, list...)
}

// differences returns what sorted lists do not have in common.
func differences[T comparable](before, after []T, compare func(a, b T) int) (gone, come []T) {
	for len(before) > 0 && len(after) > 0 {
		if before[0] == after[0] {
			before, after = before[1:], after[1:]
			continue
		}
		c := compare(before[0], after[0])
		if c <= 0 {
			gone, before = append(gone, before[0]), before[1:]
		}
		if c >= 0 {
			come, after = append(come, after[0]), after[1:]
		}
	}
	return append(gone, before...), append(come, after...)
}
