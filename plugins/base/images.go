package main

import "strings"

// images are the item's own: those of other items, of labels and of the shop
// are left out. An image is known by its file, whatever size of it a page asks
// for.
func (i *item) images() []string {
	others := map[string]bool{}
	for _, link := range i.found.Select[selOthers].Nodes {
		if strings.HasSuffix(strings.TrimSuffix(link.Values[0], ".html"), "/items/"+i.ID) {
			continue
		}
		for _, nodes := range link.Each {
			for _, n := range nodes.Nodes {
				for _, url := range n.Values {
					others[fileOf(url)] = true
				}
			}
		}
	}
	var urls []string
	seen := map[string]bool{}
	add := func(url string) {
		file := fileOf(url)
		if file == "" || seen[file] || others[file] {
			return
		}
		seen[file] = true
		url, _, _ = strings.Cut(url, "?")
		urls = append(urls, url)
	}
	for _, h := range i.found.OG {
		if h.Name == "og:image" {
			add(h.Value)
		}
	}
	if i.thing != nil {
		for _, url := range i.thing.Images {
			add(url)
		}
	}
	for _, url := range i.found.All(selZoomed) {
		add(url)
	}
	for _, n := range i.found.Select[selImages].Nodes {
		for k := len(n.Values) - 1; k >= 0; k-- { // a lazy image's own address stands behind
			add(n.Values[k])
		}
	}
	return urls
}

// fileOf is the name of an image's file if it is one of an item, or "".
func fileOf(url string) string {
	url, _, _ = strings.Cut(url, "?")
	if !strings.Contains(url, "/images/item/") && !strings.Contains(url, "base-ec2.akamaized.net") && !strings.Contains(url, "base-ec2if.akamaized.net") {
		return ""
	}
	return url[strings.LastIndexByte(url, '/')+1:]
}
