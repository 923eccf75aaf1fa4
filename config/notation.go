package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// abridged shortens a value for a message.
func abridged(value string) string {
	const most = 40
	if len(value) <= most {
		return value
	}
	return strings.ToValidUTF8(value[:most], "") + "…"
}

// brief writes a duration without its zero parts: 1m and not 1m0s.
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// units are the suffixes of a number of bytes.
var units = []struct {
	suffix string
	bytes  int64
}{{"MiB", 1 << 20}, {"KiB", 1 << 10}}

// brieflyBytes writes a number of bytes with the largest unit that divides it.
func brieflyBytes(n int) string {
	for _, unit := range units {
		if n != 0 && int64(n)%unit.bytes == 0 {
			return strconv.FormatInt(int64(n)/unit.bytes, 10) + unit.suffix
		}
	}
	return strconv.Itoa(n)
}

// parseBytes reads a number of bytes: 1160, 64KiB, 4 MiB.
func parseBytes(value string) (int64, error) {
	digits, factor := value, int64(1)
	for _, unit := range units {
		if rest, ok := strings.CutSuffix(value, unit.suffix); ok {
			digits, factor = strings.TrimSpace(rest), unit.bytes
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > (1<<62)/factor || n < -(1<<62)/factor {
		if isNumber(digits) {
			return 0, fmt.Errorf("%s is out of range: give fewer bytes", abridged(value))
		}
		return 0, fmt.Errorf("%q is not a number of bytes: write it like 1160, 64KiB or 4MiB", abridged(value))
	}
	return n * factor, nil
}

// isNumber tells whether a text has the form of a whole number, whatever its
// size.
func isNumber(value string) bool {
	digits := strings.TrimLeft(value, "+-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
