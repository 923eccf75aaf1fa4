package membership

// listed is a member as views keep it: what its record says, which the table and
// all views share, and how it is shown.
type listed struct {
	*profile
	*standing
}

// standing is how a member is shown, but for what its record says. It is
// immutable.
type standing struct {
	status   Status
	health   Health
	accusers []string
}

// plain are the standings of those whom nobody accuses, of whom there are many.
var plain = func() (all [len(statusNames)][len(healthNames)]standing) {
	for status := range all {
		for health := range all[status] {
			all[status][health] = standing{status: Status(status), health: Health(health)}
		}
	}
	return all
}()

// standingOf returns a standing. It keeps the accusers.
func standingOf(status Status, health Health, accusers []string) *standing {
	if len(accusers) == 0 && int(status) < len(plain) && int(health) < len(plain[0]) {
		return &plain[status][health]
	}
	return &standing{status, health, accusers}
}

// unlisted is what takes a member out of a list.
func unlisted(p *profile) listed { return listed{p, standingOf(StatusUnknown, 0, nil)} }

// listing returns a member as views keep it. It keeps the member's slices.
func listing(m *Member) listed {
	p := bare(m.ID, Generation(m.Generation), Incarnation(m.Incarnation))
	p.version, p.wireMin, p.wireMax = m.Version, m.WireMin, m.WireMax
	if zone := m.Zone; zone != "" {
		p.place = &zone
	}
	if p.endpoints = uint8(copy(p.first[:], m.Endpoints)); int(p.endpoints) < len(m.Endpoints) {
		p.large = &largeOwner{endpoints: m.Endpoints}
	}
	return listed{p, standingOf(m.Status, m.Health, m.Accusers)}
}

// member returns the member as users see it: of one that is not shown, the id.
func (l listed) member() Member {
	if l.status == StatusUnknown {
		return Member{ID: l.id}
	}
	return Member{
		ID: l.id, Generation: uint64(l.generation), Status: l.status,
		Incarnation: uint32(l.incarnation), Version: l.version,
		Endpoints: l.listens(), Zone: l.zone(), Health: l.health,
		WireMin: l.wireMin, WireMax: l.wireMax,
		Accusers: l.accusers,
	}
}

// equal tells whether both are shown alike.
func (l listed) equal(o listed) bool {
	return l == o || l.member().Equal(o.member())
}
