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

// credentialStore keeps the credentials up to date with their files. A
// handshake asks for them; the first one after ReloadInterval looks at the
// files, so that no goroutine and no timer does.
type credentialStore struct {
	config Config
	local  transport.Local
	log    *slog.Logger

	// changed is called, with nothing locked but the store, with the
	// authorities of files that were reloaded.
	changed func(*x509.CertPool)

	current atomic.Pointer[tlsPair]

	mu      sync.Mutex // held while the files are looked at
	checked time.Time
	stamps  [3]fileStamp
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
	s := &credentialStore{config: config, local: local, log: log, checked: time.Now()}
	// The stamps are taken before the contents: a file that changes in between
	// is read once more, and not missed.
	s.stamps, _ = s.stat()
	loaded, err := loadCredentials(config, local.Cluster, local.NodeID, s.checked)
	if err != nil {
		return nil, nil, err
	}
	s.use(loaded)
	return s, loaded, nil
}

func (s *credentialStore) use(c *credentials) {
	server, client := c.tlsConfigs(s.local, s.config.PostQuantum)
	s.current.Store(&tlsPair{server: server, client: client})
}

// get returns what a handshake should use now.
func (s *credentialStore) get() *tlsPair {
	if s.mu.TryLock() { // whoever finds it locked uses what is there
		s.refresh(time.Now())
		s.mu.Unlock()
	}
	return s.current.Load()
}

func (s *credentialStore) refresh(now time.Time) {
	if now.Sub(s.checked) < s.config.ReloadInterval {
		return
	}
	s.checked = now
	stamps, err := s.stat()
	if err == nil && stamps == s.stamps {
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
		return
	}
	s.stamps = stamps
	s.use(loaded)
	if s.changed != nil {
		s.changed(loaded.authorities)
	}
	s.log.Info("certificate files reloaded", "not_after", loaded.pair.Leaf.NotAfter)
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
