package page

import (
	stdjson "encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// pushes are scripts that carry a stream in pieces of so many bytes.
func pushes(t testing.TB, stream string, size int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<script>(self.__next_f=self.__next_f||[]).push([0])</script>`)
	for stream != "" {
		n := min(size, len(stream))
		text, err := stdjson.Marshal(stream[:n])
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("<script>self.__next_f.push([1," + string(text) + "])</script>")
		stream = stream[n:]
	}
	return b.String()
}

func TestFlight(t *testing.T) {
	t.Parallel()
	names := []string{"name", "price", "sku"}
	state := func(json ...string) (all []wire.State) {
		for _, j := range json {
			all = append(all, wire.State{Name: "__next_f", JSON: j})
		}
		return all
	}
	for name, tt := range map[string]struct {
		stream string
		want   []wire.State
	}{
		"rows": {
			"0:\"$L1\"\n1:HL[\"/a.css\",\"style\"]\n2:I[123,[\"45\"],\"Product\"]\n3:[\"$\",\"$L2\",null,{\"product\":{\"name\":\"Cup\",\"price\":{\"amount\":12.5,\"currency\":\"EUR\"},\"x\":1}}]\n",
			state(`[{"product":{"name":"Cup","price":{"amount":12.5,"currency":"EUR"}}}]`),
		},
		"texts":      {"a:T1b,<p>1:{\"name\":\"No\"}\n{\"</p>\nb:{\"name\":\"Cup\",\"price\":5}\n", state(`{"name":"Cup","price":5}`)},
		"references": {`4:{"name":"Cup \"$9\"","price":"$5","sku":"$undefined"}`, state(`{"name":"Cup \"$9\"","price":null,"sku":null}`)},
		"dollars":    {`4:{"name":"Cup","price":"$$12.50"}`, state(`{"name":"Cup","price":"$12.50"}`)},
		"cut off":    {"4:{\"name\":\"Cup\",\"price\":12", nil},
		"no row":     {"nothing\nof this\n5:{\"name\":\"Cup\"}", state(`{"name":"Cup"}`)},
		"too long":   {"6:Tffffff,{\"name\":\"Cup\"}", nil},
	} {
		for _, size := range []int{1 << 20, 7} {
			got, err := queryPage(t, pushes(t, tt.stream, size)+`<script>var other = {"x":{"name":"Pot"}}</script>`, wire.HTMLRequest{State: names})
			if err != nil {
				t.Fatal(err)
			}
			want := append(tt.want[:len(tt.want):len(tt.want)], wire.State{Name: "other", JSON: `{"x":{"name":"Pot"}}`})
			if diff := cmp.Diff(want, got.State); diff != "" {
				t.Errorf("%s, in pieces of %d: %s", name, size, diff)
			}
		}
	}
}

func FuzzFlight(f *testing.F) {
	f.Add("3:[\"$\",\"$L2\",null,{\"name\":\"$$5\",\"price\":\"$5\"}]\na:T3,abcb:{\"name\":1}")
	f.Fuzz(func(t *testing.T, stream string) {
		s := &stateReader{ctx: t.Context(), wanted: map[string]bool{"name": true, "price": true}, room: maxStateJSON}
		s.rows(stream)
		for _, st := range s.found {
			if !stdjson.Valid([]byte(st.JSON)) {
				t.Fatalf("%q gives %q", stream, st.JSON)
			}
		}
	})
}
