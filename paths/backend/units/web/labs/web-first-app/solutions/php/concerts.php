<?php
// The concerts of the shop, by number.

return [
    1 => ['number' => 1, 'artist' => 'The Silver Tides', 'genre' => 'folk', 'price' => 30],
    2 => ['number' => 2, 'artist' => 'Café Noir', 'genre' => 'drum & bass', 'price' => 25],
    3 => ['number' => 3, 'artist' => 'Kofi & the Night Bus', 'genre' => 'música latina', 'price' => 20],
    4 => ['number' => 4, 'artist' => 'Ana Luz', 'genre' => 'folk', 'price' => 40],
];
