package api_test

import (
	"testing"

	"github.com/omakase-ai/omakase/host/api"
)

func TestAgents(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.run(
		scenario{name: "all", path: "/api/agents", status: 200, want: `{"success":true,"count":6,"agents":[
			{"id":"shopping-guide","name":"Shopping Guide","nameJa":"ショッピングガイド","icon":"shopping-bag","color":"#3B82F6","isActive":true,"defaultVoice":"Yuumi (Japanese Female)","role":{"title":"お買い物の案内役"}},
			{"id":"product-sales","icon":"package"},{"id":"faq-support","icon":"help-circle"},{"id":"omotenashi-advisor","icon":"heart"},
			{"id":"sales-manager","icon":"users","isActive":false},{"id":"onboarding-guide","icon":"compass","isActive":false}]}`},
		scenario{name: "active", path: "/api/agents/active", status: 200, want: `{"count":4,"agents":[{"id":"shopping-guide"},{"id":"product-sales"},{"id":"faq-support"},{"id":"omotenashi-advisor"}]}`},
		scenario{name: "one", path: "/api/agents/sales-manager", status: 200, want: `{"success":true,"agent":{"id":"sales-manager","isActive":false}}`},
		scenario{name: "in English", path: "/api/agents/sales-manager?language=en", status: 200, want: `{"agent":{"role":{"title":"Sales manager"},"defaults":{"agentName":"Ken"}}}`},
		scenario{name: "unknown", path: "/api/agents/nope", status: 404, want: `{"error":"Agent type not found","code":"not_found"}`},
		scenario{name: "no alias", path: "/api/agents/onboarding", status: 404},
		scenario{name: "unknown language", path: "/api/agents?language=fr", status: 400, want: `{"error":"language must be Japanese, English or Korean"}`},
		scenario{name: "a page", path: "/api/agents?limit=2&cursor=product-sales", status: 200, want: `{"count":2,"agents":[{"id":"faq-support"},{"id":"omotenashi-advisor"}],"nextCursor":"omotenashi-advisor"}`},
		scenario{name: "the last page", path: "/api/agents/active?limit=3&cursor=faq-support", status: 200, want: `{"count":1,"nextCursor":null}`},
		scenario{name: "prompt", path: "/api/agents/faq-support/prompt?language=Korean", status: 200, want: `{"success":true}`},
		scenario{name: "prompt of none", path: "/api/agents/nope/prompt", status: 404, want: `{"error":"Agent type not found"}`},
		scenario{name: "templates", path: "/api/prompts/templates", status: 200, lacks: []string{"count"}, want: `{"success":true,"templates":[
			{"id":"shopping-guide","name":"Shopping Guide","nameJa":"ショッピングガイド","defaultPersonality":"親しみやすく、聞き上手で、押しつけない"},
			{"id":"product-sales"},{"id":"faq-support"},{"id":"omotenashi-advisor"}]}`},
	)
	if told, _ := h.writer.last(); told.AgentID != "faq-support" || told.Mode != "persona" || told.Language != "Korean" {
		t.Errorf("the prompt was asked for as %+v", told)
	}
}
