<?php
include PAGES . '/' . $_GET['page'] . '.php';
