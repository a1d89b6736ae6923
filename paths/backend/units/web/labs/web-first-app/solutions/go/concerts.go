package main

// Concert is one evening that the shop sells tickets for.
type Concert struct {
	Number int    `json:"number"`
	Artist string `json:"artist"`
	Genre  string `json:"genre"`
	Price  int    `json:"price"`
}

// concerts is in order of the numbers: the first one is number 1.
var concerts = []Concert{
	{1, "The Silver Tides", "folk", 30},
	{2, "Café Noir", "drum & bass", 25},
	{3, "Kofi & the Night Bus", "música latina", 20},
	{4, "Ana Luz", "folk", 40},
}
