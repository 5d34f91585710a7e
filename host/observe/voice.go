package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// VoiceState is what voice sessions are at one moment, and what has happened
// to them since the process began.
type VoiceState struct {
	Sessions, Detached, Linked int // of them without a browser, with a provider
	QueuedUp, QueuedDown       int // bytes on their way to providers and browsers
	Lost, Rotated, Dropped     int64
}

// VoiceTook counts a measured time of a voice session: "turn", "tool" or
// "barge_in".
func (m *Metrics) VoiceTook(what string, took time.Duration) {
	if m == nil {
		return
	}
	m.voice.WithLabelValues(what).Observe(took.Seconds())
}

// VoiceEnded counts a voice session that has ended, by why.
func (m *Metrics) VoiceEnded(reason string) {
	if m == nil {
		return
	}
	m.voiceEnds.WithLabelValues(reason).Inc()
}

// Voices tells of voice sessions whatever state answers when somebody asks.
func (m *Metrics) Voices(state func() VoiceState) {
	if m == nil {
		return
	}
	m.registry.MustRegister(voices(state))
}

// voices collects the state of voice sessions, with one look for all numbers.
type voices func() VoiceState

func voiceDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_voice_"+name, help, labels, nil)
}

var (
	voiceSessions = voiceDesc("sessions", "Voice sessions, those that wait for their browser included.")
	voiceDetached = voiceDesc("sessions_detached", "Voice sessions that wait for their browser to come back.")
	voiceLinked   = voiceDesc("upstream_links", "Conversations that are open at the provider.")
	voiceQueued   = voiceDesc("queued_bytes", "Bytes of voice sessions that wait to be sent.", "leg")
	voiceLost     = voiceDesc("upstream_lost_total", "Conversations that the provider broke off under a session.")
	voiceRotated  = voiceDesc("upstream_rotated_total", "Conversations that were moved to another before the provider ended them.")
	voiceDropped  = voiceDesc("audio_dropped_total", "Pieces of audio that a full queue pushed out.")
)

// Describe implements prometheus.Collector.
func (voices) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{voiceSessions, voiceDetached, voiceLinked, voiceQueued, voiceLost, voiceRotated, voiceDropped} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (v voices) Collect(to chan<- prometheus.Metric) {
	s := v()
	tell := func(d *prometheus.Desc, kind prometheus.ValueType, n float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, n, labels...)
	}
	tell(voiceSessions, prometheus.GaugeValue, float64(s.Sessions))
	tell(voiceDetached, prometheus.GaugeValue, float64(s.Detached))
	tell(voiceLinked, prometheus.GaugeValue, float64(s.Linked))
	tell(voiceQueued, prometheus.GaugeValue, float64(s.QueuedUp), "up")
	tell(voiceQueued, prometheus.GaugeValue, float64(s.QueuedDown), "down")
	tell(voiceLost, prometheus.CounterValue, float64(s.Lost))
	tell(voiceRotated, prometheus.CounterValue, float64(s.Rotated))
	tell(voiceDropped, prometheus.CounterValue, float64(s.Dropped))
}
