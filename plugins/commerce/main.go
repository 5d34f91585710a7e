// Command commerce is the plugin tool.commerce: the tools by which the model of
// a voice session sells, from finding a product to the order and its state, in
// Japanese, English and Korean.
//
// The shop's rules are the host's. Here is what a model is told of the tools,
// when to call them, and what it reads of their results: the keys are those
// that existing clients know.
package main

import omakase "github.com/omakase-ai/omakase/sdk/go"

func main() {} // never called: the host calls the handlers

func init() { omakase.Serve(plugin()) }

func plugin() omakase.Plugin {
	return omakase.Plugin{
		Tools:    omakase.Tools{List: list, Call: call},
		SelfTest: selfTest,
	}
}

// selfTest sees to it that every tool is told of in every language.
func selfTest(*omakase.Context) error {
	for _, language := range languages {
		for i := range tools {
			t := &tools[i]
			missing := t.about[language] == ""
			for _, p := range t.params {
				missing = missing || p.about[language] == ""
			}
			if missing {
				return omakase.Fail(omakase.CodeInternal, "tool "+t.name+" is not described in "+language)
			}
		}
		for key, text := range words {
			if text[language] == "" {
				return omakase.Fail(omakase.CodeInternal, "there is no sentence "+key+" in "+language)
			}
		}
	}
	return nil
}
