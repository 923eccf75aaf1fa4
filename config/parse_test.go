package config

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hearsay-gossip/hearsay"
	"github.com/hearsay-gossip/hearsay/discovery"
	"github.com/hearsay-gossip/hearsay/transport/memory"
	"github.com/hearsay-gossip/hearsay/transport/quic/devca"
)

func TestAMinimalFilePerTransport(t *testing.T) {
	for word, source := range minimal {
		t.Run(word, func(t *testing.T) {
			s, err := Parse("hearsay.yaml", []byte(source), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s.Transport != word || s.Node.Cluster != "demo" || s.Node.NodeID != "n1" {
				t.Errorf("read %+v", s)
			}
			if s.Node.Period != time.Second || s.UDP.MaxDatagramBytes != 1160 || s.QUIC.DialTimeout != 5*time.Second {
				t.Errorf("defaults are missing: %+v", s)
			}
		})
	}
}

func TestEverySourceOverridesTheOneBefore(t *testing.T) {
	source := minimal["udp"] + "zone: file\nperiod: 2s\nseeds: [a:1, b:2]\n"
	environ := []string{"PATH=/bin", "HEARSAY_ZONE=environment", "HEARSAY_SEEDS= c:3 , d:4,", "HEARSAY_PERIOD=", "HEARSAY_UDP_LISTEN=[::1]:7"}
	flags := []string{"zone=flag", "udp.max_datagram_bytes=1KiB", "udp.allow=10.0.0.0/8,192.0.2.1"}
	s, err := Parse("hearsay.yaml", []byte(source), environ, flags)
	if err != nil {
		t.Fatal(err)
	}
	if s.Node.Zone != "flag" {
		t.Errorf("zone is %q", s.Node.Zone)
	}
	if got := strings.Join(s.Node.Seeds, " "); got != "c:3 d:4" {
		t.Errorf("seeds are %q", got)
	}
	if s.Node.Period != 2*time.Second {
		t.Errorf("an empty variable changed period to %v", s.Node.Period)
	}
	if s.UDP.Listen != netip.MustParseAddrPort("[::1]:7") || s.UDP.MaxDatagramBytes != 1024 {
		t.Errorf("udp is %+v", s.UDP)
	}
	if len(s.UDP.Filter.Allow) != 2 || s.UDP.Filter.Allow[1] != netip.MustParsePrefix("192.0.2.1/32") {
		t.Errorf("allow is %v", s.UDP.Filter.Allow)
	}
}

func TestLabelsAreASectionOfNamesOrAListOfPairs(t *testing.T) {
	for name, source := range map[string]string{
		"a section":   "labels:\n  rack: b7\n  shard: '7'\n",
		"a list":      "labels: [rack=b7, shard=7]\n",
		"on one line": "labels: {rack: b7, shard: \"7\"}\n",
	} {
		s, err := Parse("hearsay.yaml", []byte(minimal["udp"]+"roles: [web, db]\n"+source), nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := s.Node.Labels; len(got) != 2 || got["rack"] != "b7" || got["shard"] != "7" {
			t.Errorf("%s: read %v", name, got)
		}
		if got := s.Node.Roles; len(got) != 2 || got[1] != "db" {
			t.Errorf("%s: roles are %v", name, got)
		}
	}
	s, err := Parse("hearsay.yaml", []byte(minimal["udp"]+"labels:\n  rack: b7\n"), []string{"HEARSAY_LABELS=zone=, shard=a=b"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Node.Labels; len(got) != 2 || got["shard"] != "a=b" || got["zone"] != "" {
		t.Errorf("of the environment: %v", got)
	}
}

func TestWhatIsWrongWithStateIsToldWhereItStands(t *testing.T) {
	for source, want := range map[string]string{
		"labels:\n  shard: 7\n": `hearsay.yaml:8: labels: entry "shard" is a number: put it in quotes, "7"`,
		"labels: [rack]\n":      `hearsay.yaml:8: labels: "rack" has no name: write it like rack=b7`,
		"labels: [a=b, a=c]\n":  `hearsay.yaml:8: labels: "a" is given twice`,
		"labels:\n  a=b: c\n":   "hearsay.yaml:8: labels: entry 1: write a name without =",
		"labels: rack\n":        "hearsay.yaml:8: labels: is text: write a line `name: text` for each",
		"state_budget: 1KiB\nroles: [" + strings.Repeat("x", 2000) + "]\n": "hearsay.yaml:8: state_budget: is 1024: Roles, Labels and AppVersion alone take 22",
		"labels: [" + strings.Repeat("k", 100) + "=v]\n":                   "hearsay.yaml:8: labels: state: field too large",
		"tombstone_life: 1s\n": "hearsay.yaml:8: tombstone_life: 1s is out of range: give 1m to 720h",
	} {
		_, err := Parse("hearsay.yaml", []byte(minimal["udp"]+source), nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q:\n got %v\nwant %s", source, err, want)
		}
	}
}

func TestWithoutAFileTheEnvironmentIsEnough(t *testing.T) {
	s, err := Load("", []string{"HEARSAY_CLUSTER=demo", "HEARSAY_NODE=n1", "HEARSAY_TRANSPORT=memory"}, nil)
	if err != nil || s.Node.NodeID != "n1" {
		t.Fatal(s, err)
	}
}

func TestARelativeFileBelongsToTheFolderOfTheConfiguration(t *testing.T) {
	s, err := Parse(filepath.Join("etc", "hearsay.yaml"), []byte(minimal["quic"]), nil, []string{"quic.ca_file=/certs/ca.pem"})
	if err != nil {
		t.Fatal(err)
	}
	c := s.quicConfig()
	if c.CertFile != filepath.Join("etc", "n1.pem") || c.KeyFile != filepath.Join("etc", "n1.key") {
		t.Errorf("files are %s and %s", c.CertFile, c.KeyFile)
	}
	if c.CAFile != "/certs/ca.pem" {
		t.Errorf("an absolute name became %s", c.CAFile)
	}
	if s.QUIC.CertFile == c.CertFile {
		t.Error("filling in the node's id changed the settings")
	}
}

func TestDatagramsAreSealedByTheKeysOfAFile(t *testing.T) {
	source := strings.Replace(minimal["udp"], "insecure: true", "key_file: keys", 1)
	s, err := Parse(filepath.Join("etc", "hearsay.yaml"), []byte(source), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.UDP.Insecure || s.UDP.KeyFile != filepath.Join("etc", "keys") {
		t.Errorf("read %+v", s.UDP)
	}
}

func TestFilesOfANodeBearItsName(t *testing.T) {
	source := minimal["memory"] + "seeds_file: seeds.txt\nstate_file: lives/{node}\n"
	s, err := Parse(filepath.Join("etc", "hearsay.yaml"), []byte(source), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Node.NodeID = "n2"
	c, err := s.Config()
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join("etc", "lives", "n2"); c.StateFile != want {
		t.Errorf("state file is %s, want %s", c.StateFile, want)
	}
	if file, ok := c.Resolver.(discovery.File); !ok || file.Path != filepath.Join("etc", "seeds.txt") {
		t.Errorf("resolver is %+v", c.Resolver)
	}
}

func TestFilesOfANodeAreThoseThatHearsayCertWrites(t *testing.T) {
	authority, err := devca.New("demo", devca.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"n1", "ca", ".hidden", "..", "a/b", "eu 1", "ü"} {
		pair, err := authority.Issue(id, devca.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := &Settings{Node: hearsay.Config{NodeID: id}}
		if got := s.expand("{node}"); got != pair.Name {
			t.Errorf("%q: the file is %q, and the command writes %q", id, got, pair.Name)
		}
	}
}

func TestTheNetworkIsMadeOfWhatTheSettingsSayLast(t *testing.T) {
	s, err := Parse("hearsay.yaml", []byte(minimal["memory"]), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Memory.Network.DatagramBudget = 1 // refused only if it is looked at
	if _, err := s.Config(); err == nil {
		t.Error("a change of the settings after they were read has no effect")
	}
}

func TestNodesOfOneConfigurationShareTheSimulatedNetwork(t *testing.T) {
	s, err := Parse("hearsay.yaml", []byte(minimal["memory"]), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.opener(s.Transport)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.opener(s.Transport)
	if err != nil {
		t.Fatal(err)
	}
	if first.(memory.Config).Network != second.(memory.Config).Network {
		t.Error("two nodes are on two networks")
	}
	if network, err := s.Network(); network == nil || err != nil {
		t.Error("the network cannot be driven:", err)
	}
	s.Transport = "udp"
	if network, _ := s.Network(); network != nil {
		t.Error("UDP has a simulated network")
	}
	s.Transport = "tcp"
	if _, err := s.opener(s.Transport); err == nil {
		t.Error("an unknown transport opens")
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "none.yaml: does not exist: check the name",
		dir:                             "cannot be read",
	} {
		_, err := Load(name, nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	file := filepath.Join(dir, "hearsay.yaml")
	if err := os.WriteFile(file, []byte(minimal["udp"]), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestProblemsCanBeTakenApart(t *testing.T) {
	_, err := Parse("hearsay.yaml", []byte("cluster: demo\nnode: n1\ntransport: udb\n"), nil, nil)
	var all *Error
	if !errors.As(err, &all) || len(all.Problems) != 1 {
		t.Fatalf("got %v", err)
	}
	var first Problem
	if !errors.As(err, &first) || first.Source != "hearsay.yaml" || first.Line != 3 || first.Field != "transport" {
		t.Errorf("got %+v", first)
	}
}
