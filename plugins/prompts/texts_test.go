package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
)

func load(t *testing.T, language, config string) texts {
	t.Helper()
	host := fakehost.New()
	host.Config = config
	all, err := loadTexts(host.Context(), language)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNoLanguageIsHalfTranslated: each has the same texts with the same
// placeholders, in its own script.
func TestNoLanguageIsHalfTranslated(t *testing.T) {
	t.Parallel()
	en := load(t, "en", "")
	for _, language := range languages {
		all := load(t, language, "")
		if diff := cmp.Diff(slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(all))); diff != "" {
			t.Errorf("%s:\n%s", language, diff)
		}
		for key, text := range all {
			if got, want := placeholders(text), placeholders(en[key]); !slices.Equal(got, want) {
				t.Errorf("%s %s has the placeholders %q, want %q", language, key, got, want)
			}
			if key != "step" && (language == "en") == strings.ContainsFunc(text, func(r rune) bool { return r > 0x2e80 }) {
				t.Errorf("%s %s is not in its script: %s", language, key, text)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return foreign(language, r) }) {
				t.Errorf("%s %s is in another script: %s", language, key, text)
			}
			if strings.Count(text, "\n") != strings.Count(en[key], "\n") {
				t.Errorf("%s %s has another number of lines", language, key)
			}
		}
	}
}

func foreign(language string, r rune) bool {
	kana, han, hangul := r >= 0x3041 && r <= 0x30fa, r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3
	return language == "ja" && hangul || language == "ko" && (kana || han)
}

func placeholders(text string) (all []string) {
	for part := range strings.SplitSeq(text, "{") {
		if name, _, ok := strings.Cut(part, "}"); ok {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// TestEveryTextIsUsed: a text that no code asks for would be changed in vain.
func TestEveryTextIsUsed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	for key := range load(t, "en", "") {
		base := strings.TrimSuffix(key, "_closed")
		if !strings.HasPrefix(key, "tool_") && !strings.HasPrefix(key, "feature_") && !strings.Contains(code.String(), `"`+base+`"`) {
			t.Errorf("nothing uses %s", key)
		}
	}
}

// TestTheManifestNamesEveryText, so that a mistake in a key is told at start.
func TestTheManifestNamesEveryText(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		ConfigSchema struct {
			Defs struct {
				Texts struct {
					PropertyNames struct{ Enum []string }
				}
			} `json:"$defs"`
		} `json:"config_schema"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	got := manifest.ConfigSchema.Defs.Texts.PropertyNames.Enum
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(load(t, "en", ""))), got); diff != "" {
		t.Error(diff)
	}
}

func TestOperatorReplacesTexts(t *testing.T) {
	t.Parallel()
	const config = `{"other":1,"texts":{"ja":{"notes":"約束"},"en":{"notes":"House rules","left":"{count} to go"}}}`
	en := load(t, "en", config)
	if en["notes"] != "House rules" || en.counts("left", 3, 0) != "3 to go" || en["rules"] != "Rules of this shop" {
		t.Errorf("%q", en)
	}
	host := fakehost.New()
	host.Config = config
	reply, err := generate(host.Context(), shopRequest(omakase.ModeDynamic, "en"))
	if err != nil || !strings.Contains(reply.Prompt, "\n# House rules\n") || !strings.Contains(reply.Prompt, "3 to go") {
		t.Errorf("%v\n%s", err, reply.Prompt)
	}
}

func TestTokensAreNotTooFew(t *testing.T) {
	t.Parallel()
	// The counts are those of the tokenizer o200k_base.
	for text, least := range map[string]int{
		"":                                     0,
		"Hello, world!":                        4,
		"- Sencha | ¥1,980 (before ¥2,480)":    15,
		"031432e9-c4e8-466f-aa7e-042ea7b7a857": 22,
		"備前焼の湯呑み":                              9,
		"ひとつずつ手作りの器です。":      12,
		"안녕하세요. 무엇을 도와드릴까요?": 11,
		"驫麤鬱薔薇": 10,
		"🍵🍵":    4,
		"【送料無料】ﾌﾟﾚﾐｱﾑ抹茶ラテ 500ml×24本 ケース販売":                                                                       27,
		"- Linen Shirt No. 12 – 藍染め | ¥12,900 (通常¥15,900) | Aoumi | Shirts | 在庫あり | Woven of washed linen, 日本製.": 45,
	} {
		if got := tokens(text); got < least || got > 2*least+4 {
			t.Errorf("%q: %d, the tokenizer makes %d", text, got, least)
		}
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for _, tt := range [][3]string{
		{"1980", "JPY", "¥1,980"},
		{"12.50", "USD", "$12.50"},
		{"1000000", "KRW", "₩1,000,000"},
		{"999", "", "999"},
		{"12345", "CHF", "12,345 CHF"},
		{"", "JPY", ""},
		{"abc", "JPY", ""},
		{"1.", "JPY", ""},
		{"1.2.3", "JPY", ""},
		{"-5", "JPY", ""},
		{"1", "<b>", "1 ‹b›"},
	} {
		if got := string(appendMoney(nil, tt[0], tt[1])); got != tt[2] {
			t.Errorf("appendMoney(%q, %q) is %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}
