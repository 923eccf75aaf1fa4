package quic

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hearsay-gossip/hearsay/transport"
)

// credentialStore keeps the credentials up to date with their files, at which it
// looks each ReloadInterval: an authority that was removed must be distrusted
// also where nobody shakes hands any more.
type credentialStore struct {
	config Config
	local  transport.Local
	log    *slog.Logger

	// changed is called, with nothing locked but the store, with the
	// authorities of files that were reloaded.
	changed func(*x509.CertPool)

	current atomic.Pointer[tlsPair]

	mu     sync.Mutex // held while the files are looked at
	stamps [3]fileStamp
	// leaf is the node's certificate, and warned whether its end was announced.
	leaf   *x509.Certificate
	warned bool
	timer  *time.Timer // nil before watch and after stop
}

// tlsPair is what handshakes use, made of one state of the files.
type tlsPair struct {
	server, client *tls.Config
}

// fileStamp tells whether a file has changed.
type fileStamp struct {
	modified time.Time
	size     int64
}

// newCredentialStore loads the files for the first time. It returns also the
// credentials, of which the stateless reset key is made once for all.
func newCredentialStore(config Config, local transport.Local, log *slog.Logger) (*credentialStore, *credentials, error) {
	s := &credentialStore{config: config, local: local, log: log}
	// The stamps are taken before the contents: a file that changes in between
	// is read once more, and not missed.
	s.stamps, _ = s.stat()
	loaded, err := loadCredentials(config, local.Cluster, local.NodeID, time.Now())
	if err != nil {
		return nil, nil, err
	}
	s.use(loaded)
	return s, loaded, nil
}

func (s *credentialStore) use(c *credentials) {
	server, client := c.tlsConfigs(s.local, s.config.PostQuantum)
	s.current.Store(&tlsPair{server: server, client: client})
	s.leaf, s.warned = c.pair.Leaf, false
}

// get returns what a handshake should use now.
func (s *credentialStore) get() *tlsPair { return s.current.Load() }

// watch begins to look at the files.
func (s *credentialStore) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(s.config.ReloadInterval, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.timer == nil {
			return
		}
		s.refresh(time.Now())
		s.timer.Reset(s.config.ReloadInterval)
	})
}

// stop ends that, and waits for a look that has begun.
func (s *credentialStore) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// refresh looks at the files. The lock is held.
func (s *credentialStore) refresh(now time.Time) {
	stamps, err := s.stat()
	if err == nil && stamps == s.stamps {
		s.warn(now)
		return
	}
	var loaded *credentials
	if err == nil {
		loaded, err = loadCredentials(s.config, s.local.Cluster, s.local.NodeID, now)
	}
	if err != nil {
		// Also the state between the writing of two files of a new pair. The
		// stamps stay as they were, so the next look tries again.
		s.log.Warn("certificate files changed and do not load: the old ones stay in use", "error", err)
		s.warn(now)
		return
	}
	s.stamps = stamps
	s.use(loaded)
	if s.changed != nil {
		s.changed(loaded.authorities)
	}
	s.log.Info("certificate files reloaded", "not_after", loaded.pair.Leaf.NotAfter)
}

// warn says once of a certificate that a tenth of its time is left. Whoever
// renews certificates has renewed it by then.
func (s *credentialStore) warn(now time.Time) {
	whole, left := s.leaf.NotAfter.Sub(s.leaf.NotBefore), s.leaf.NotAfter.Sub(now)
	if s.warned || left > whole/10 {
		return
	}
	s.warned = true
	s.log.Warn("the node's certificate expires soon, and its peers will refuse it: renew it in place",
		"file", s.config.CertFile, "not_after", s.leaf.NotAfter)
}

func (s *credentialStore) stat() (stamps [3]fileStamp, err error) {
	for i, file := range []string{s.config.CertFile, s.config.KeyFile, s.config.CAFile} {
		found, err := os.Stat(file)
		if err != nil {
			return stamps, err
		}
		stamps[i] = fileStamp{modified: found.ModTime(), size: found.Size()}
	}
	return stamps, nil
}
