package config

import (
	"strings"
	"testing"
)

// problems are files, each with all that is wrong with it, in order. A line
// that ends in … is a beginning.
var problems = []struct {
	name, source   string
	environ, flags []string
	want           string
}{
	{name: "everything at once", source: `
cluster: ""
node: n1
transprot: udp
period: 5
gossip_interval: 1h
zone: 7
seeds: one.example.com
udp:
  listen: 7946
  insecure: yes
  max_datagram_bytes: 511
  read_buffer_bytes: lots
  listen: 127.0.0.1:0
quic: 3
memory:
  loss: 1.5
  latency: -1s
`, environ: []string{"HEARSAY_UDP_SEND_QUEUE=0", "HEARSAY_CLUSTR=x", "HEARSAY_PORT=tcp://10.0.0.1:80"},
		flags: []string{"zone", "memroy.loss=1", "quic.idle_timeout=3h"},
		want: `
x.yaml: transport: is missing: how gossip travels. …
x.yaml:2: cluster: "" has 0 bytes: give 1 to 64
x.yaml:4: transprot: is not a setting, did you mean "transport"?
x.yaml:5: period: 5 has no unit: write 5s or 5ms
x.yaml:6: gossip_interval: 1h is out of range: give 1ms to 1m
x.yaml:7: zone: is a number: put it in quotes, "7"
x.yaml:8: seeds: is text: write a list, …
x.yaml:10: udp.listen: is a number: put it in quotes, "7946"
x.yaml:11: udp.insecure: is text, "yes": give true or false
x.yaml:12: udp.max_datagram_bytes: 511 is out of range: give 512 to 1400
x.yaml:13: udp.read_buffer_bytes: "lots" is not a number of bytes: write it like 1160, 64KiB or 4MiB
x.yaml:14: udp.listen: is given twice, first on line 10: keep one
x.yaml:15: quic: is a number: write settings as …
x.yaml:17: memory.loss: 1.5 is out of range: give 0 to 1
x.yaml:18: memory.latency: -1s is out of range: give 0s to 1m
environment: HEARSAY_UDP_SEND_QUEUE: 0 is out of range: give 1 to 65536
environment: HEARSAY_CLUSTR: is not a setting, did you mean HEARSAY_CLUSTER?
flag: zone: has no value: write it like cluster=demo
flag: memroy.loss: is not a setting, did you mean "memory.loss"?
flag: quic.idle_timeout: 3h is out of range: give 1s to 2h`},

	{name: "an empty file", source: "# nothing yet\n", want: `
x.yaml: cluster: is missing: the name of the cluster. …
x.yaml: node: is missing: the node's id: …
x.yaml: transport: is missing: how gossip travels. …`},

	{name: "plaintext that nobody asked for", source: "cluster: demo\nnode: n1\ntransport: udp\nudp:\n  listen: 127.0.0.1:0\n", want: `
x.yaml: udp.key_file: is not set: no key: give the file of the cluster's keys, …`},

	{name: "keys and plaintext", source: minimal["udp"] + "  key_file: keys\n", want: `
x.yaml:7: udp.insecure: is set and there are keys: …`},

	{name: "a transport whose section is missing", source: "cluster: demo\nnode: n1\ntransport: quic\n", want: `
x.yaml: quic.listen: is missing: the address of the one UDP socket …
x.yaml: quic.cert_file: is missing: the node's certificate …
x.yaml: quic.key_file: is missing: the certificate's private key, PEM. …
x.yaml: quic.ca_file: is missing: the authorities …`},

	{name: "settings that contradict each other", source: `cluster: demo
node: n1
period: 100ms
gossip_interval: 200ms
transport: udp
udp:
  insecure: true
  listen: 127.0.0.1:0
  max_datagram_bytes: 1400
  receive_max_bytes: 1000
`, want: `
x.yaml:4: gossip_interval: …
x.yaml:10: udp.receive_max_bytes: is 1000: give 1400 to 9000, or 0 for the default`},

	{name: "the wrong types", source: `cluster: [demo]
node: {id: n1}
transport: udp
advertise: null
seeds: [a:1, 2, [b:3]]
udp:
  listen: ""
  insecure: "true"
  deny: [10.0.0.1/8, 2001:db8::1, ten]
  send_queue: 1.5
`, want: `
x.yaml:1: cluster: is a list: give one value (text)
x.yaml:2: node: is a section: give one value (text)
x.yaml:4: advertise: has no value: give one, or remove the line
x.yaml:5: seeds: entry 2 is a number: put it in quotes, "2"
x.yaml:7: udp.listen: "" is not an IP address with a port: write it like …
x.yaml:8: udp.insecure: is text, "true": give true or false
x.yaml:9: udp.deny: entry 1: "10.0.0.1/8" has bits set beyond its length: write 10.0.0.0/8
x.yaml:10: udp.send_queue: is a number, "1.5": give number of datagrams`},

	{name: "a setting in the wrong place", source: minimal["memory"] + "listen: 127.0.0.1:0\n? [a, b]\n: c\n", want: `
x.yaml:5: listen: is not a setting here, did you mean udp.listen or quic.listen?
x.yaml:6: a key is a list: write a name`},

	{name: "not YAML", source: "cluster: demo\n\tnode: n1\n", want: `
x.yaml:2: not YAML: found a tab character that violates indentation`},

	{name: "two documents", source: minimal["memory"] + "---\nzone: a\n", want: `
x.yaml:5: a second document begins: keep one`},

	{name: "a list", source: "- cluster\n", want: `
x.yaml:1: is a list: write settings as …`},

	{name: "addresses and seeds", source: minimal["memory"] + "advertise: 0.0.0.0:1\nseeds: ['192.0.2.1', 'a:0', ':1', 'b:http']\nmemory: {address: '192.0.2.1:0'}\n", want: `
x.yaml:5: advertise: is 0.0.0.0:1: give the address of this node …
x.yaml:6: seeds: entry 1: "192.0.2.1" is not host:port: …
x.yaml:7: memory.address: "192.0.2.1:0" has port 0: give the port that others reach`},
}

func TestProblems(t *testing.T) {
	for _, test := range problems {
		t.Run(test.name, func(t *testing.T) {
			s, err := Parse("x.yaml", []byte(test.source), test.environ, test.flags)
			if err == nil {
				t.Fatalf("accepted: %+v", s)
			}
			if s != nil {
				t.Error("settings come with an error")
			}
			got, want := strings.Split(err.Error(), "\n"), strings.Split(strings.TrimPrefix(test.want, "\n"), "\n")
			for i := range max(len(got), len(want)) {
				switch {
				case i >= len(got):
					t.Errorf("missing: %s", want[i])
				case i >= len(want):
					t.Errorf("too much: %s", got[i])
				case !alike(got[i], want[i]):
					t.Errorf("got  %s\nwant %s", got[i], want[i])
				}
			}
		})
	}
}

// alike compares a line with one that may be a beginning.
func alike(got, want string) bool {
	if begin, open := strings.CutSuffix(want, "…"); open {
		return strings.HasPrefix(got, strings.TrimSpace(begin))
	}
	return got == want
}

func TestWhatIsNotWrong(t *testing.T) {
	for name, source := range map[string]string{
		"a section whose lines are commented out": minimal["memory"] + "udp:\n#  listen: x\n",
		"the section of another transport":        minimal["memory"] + "udp:\n  max_datagram_bytes: 1KiB\n",
		"an alias":                                minimal["memory"] + "udp:\n  allow: &net [10.0.0.0/8]\nquic:\n  allow: *net\n",
		"an empty list":                           minimal["memory"] + "seeds: []\n",
		"an IPv6 seed":                            minimal["memory"] + "seeds: ['[2001:db8::1]:7946']\n",
		"a text in block form":                    minimal["memory"] + "zone: |-\n  eu\n",
	} {
		if _, err := Parse("x.yaml", []byte(strings.TrimPrefix(source, "\n")), nil, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFileOfUnreasonableSizeIsNotRead(t *testing.T) {
	_, err := Parse("x.yaml", []byte(strings.Repeat("#", maxFileBytes+1)), nil, nil)
	if err == nil || !strings.Contains(err.Error(), "this is no configuration") {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, source := range minimal {
		f.Add([]byte(source), "HEARSAY_ZONE=a", "period=1s")
	}
	for _, test := range problems {
		f.Add([]byte(test.source), strings.Join(test.environ, "\n"), strings.Join(test.flags, "\n"))
	}
	f.Fuzz(func(t *testing.T, source []byte, environ, flag string) {
		s, err := Parse("x.yaml", source, strings.Split(environ, "\n"), []string{flag})
		if (s == nil) == (err == nil) {
			t.Fatalf("settings %v with error %v", s, err)
		}
		if err == nil {
			if _, err := s.opener(s.Transport); err != nil {
				t.Errorf("valid settings do not open: %v", err)
			}
		}
	})
}
