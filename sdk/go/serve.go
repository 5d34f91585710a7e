package omakase

// served is the plugin of this module. It is set once, before the host's
// first call: a module is one plugin, and the exports that the host calls are
// functions without a receiver.
var served *Plugin

// Serve registers the plugin of this module. It is called once, from an init
// function of the main package. In a native build it does nothing more.
func Serve(p Plugin) {
	if served != nil {
		panic("omakase: Serve called twice")
	}
	served = &p
}
