package config

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// checkVoice looks at what voice sessions may take.
func (r *reader) checkVoice(v *Voice) {
	r.atLeast("voice.sessions", v.Sessions, 0)
	r.atLeast("voice.sessions_per_key", v.SessionsPerKey, 0)
	durations := []struct {
		name  string
		is    time.Duration
		least time.Duration
	}{
		{"max_length", v.MaxLength, 0},
		{"max_idle", v.MaxIdle, 0},
		{"retention", v.Retention, 0},
		{"filler", v.Filler, time.Millisecond},
		{"tool_deadline", v.ToolDeadline, time.Millisecond},
		{"tool_limit", v.ToolLimit, v.ToolDeadline},
		{"rotate", v.Rotate, time.Minute},
		{"linger", v.Linger, 0},
	}
	for _, d := range durations {
		if d.is < d.least {
			r.wrong("voice."+d.name, "use at least "+d.least.String(), "%s is too short", d.is)
		}
	}
	if v.Budget < 0 {
		r.wrong("voice.budget", "use 0 for no limit", "%v is negative", v.Budget)
	}
	if !currencyCode.MatchString(v.Currency) {
		r.wrong("voice.currency", "use an ISO 4217 code such as JPY or USD", "%q is not a currency", v.Currency)
	}
	for _, model := range slices.Sorted(maps.Keys(v.Prices)) {
		prices := reflect.ValueOf(v.Prices[model])
		for i, name := range fieldNames(prices.Type()) {
			if p := prices.Field(i).Float(); p < 0 {
				r.wrong("voice.prices."+model+"."+name, "use a price of a million tokens", "%v is negative", p)
			}
		}
	}
}
