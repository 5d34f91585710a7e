// Command prompts is the plugin prompt.standard: it writes the prompts of voice
// agents, in Japanese, English and Korean.
//
// What it is told of shops and products was written by strangers. Each such
// text becomes one line within a part of its own, without the characters by
// which parts begin and end, so that it can neither leave that part nor begin
// another. Who an agent is, which products are the best and how much of them
// may be told is the host's to decide.
package main

import omakase "github.com/omakase-ai/omakase/sdk/go"

func main() {} // never called: the host calls the handlers

func init() { omakase.Serve(plugin()) }

func plugin() omakase.Plugin {
	return omakase.Plugin{
		Prompt:   omakase.Prompt{Generate: generate},
		SelfTest: selfTest,
	}
}
